-- Layout 2: messages to webhooks. They commit with the change that they tell of.

-- `events` are names with spaces between; empty for all. `secret` is sealed under keys/secrets.key.
CREATE TABLE webhooks (
    number INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    secret BLOB NOT NULL,
    created_at_ms BIGINT NOT NULL,
    disabled_at_ms BIGINT,
    disabled_because TEXT
);

-- `id` is the id of the action, if it asks for one.
CREATE TABLE outbox (
    number INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    event TEXT NOT NULL,
    subject TEXT NOT NULL,
    data TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    due_at_ms BIGINT NOT NULL,
    withdrawn_at_ms BIGINT,
    handed_at_ms BIGINT
);

CREATE INDEX outbox_waiting ON outbox (due_at_ms) WHERE handed_at_ms IS NULL AND withdrawn_at_ms IS NULL;

-- The truth about what was sent and when it is tried next; jobs.db is made from it at every start.
-- `turn` grows with every change, so that a job of an earlier turn is told from the present one.
-- `attempts_before` are those before the last replay, which starts the schedule anew.
CREATE TABLE deliveries (
    number INTEGER NOT NULL PRIMARY KEY,
    message TEXT NOT NULL REFERENCES outbox (id),
    webhook TEXT NOT NULL REFERENCES webhooks (id),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
    turn BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    attempts_before BIGINT NOT NULL,
    next_at_ms BIGINT NOT NULL,
    last_at_ms BIGINT,
    last_status BIGINT,
    last_error TEXT,
    UNIQUE (message, webhook)
);

CREATE INDEX deliveries_state ON deliveries (state, number);
CREATE INDEX deliveries_webhook ON deliveries (webhook, state, number);
CREATE INDEX deliveries_due ON deliveries (next_at_ms) WHERE state = 'waiting';
