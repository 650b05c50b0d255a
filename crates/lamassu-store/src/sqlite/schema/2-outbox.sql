-- Layout 2: messages to webhooks. They commit with the change that they tell of.

CREATE TABLE webhooks (
    id TEXT NOT NULL PRIMARY KEY,
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

CREATE TABLE deliveries (
    number INTEGER NOT NULL PRIMARY KEY,
    message TEXT NOT NULL REFERENCES outbox (id),
    webhook TEXT NOT NULL REFERENCES webhooks (id),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
    attempts BIGINT NOT NULL,
    last_at_ms BIGINT,
    last_status BIGINT,
    last_error TEXT,
    UNIQUE (message, webhook)
);

CREATE INDEX deliveries_state ON deliveries (state, number);
