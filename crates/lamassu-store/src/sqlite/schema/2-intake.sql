-- Layout 2: what comes in over the network, what people review, what platforms are asked to do.

-- What was accepted, and what its sender said about it. `content` tells what was sent; `bytes` holds it while it is
-- queued, unless it is so large that it lies in a file of its own.
CREATE TABLE submissions (
    number INTEGER NOT NULL PRIMARY KEY,
    item TEXT NOT NULL UNIQUE,
    sender TEXT NOT NULL,
    idempotency_key TEXT,
    details TEXT NOT NULL,
    content TEXT NOT NULL,
    received_at_ms BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'decided', 'failed')),
    failure TEXT,
    bytes BLOB
);

CREATE UNIQUE INDEX submissions_once ON submissions (sender, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX submissions_queued ON submissions (number) WHERE state = 'queued';

CREATE TABLE cases (
    number INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    item TEXT NOT NULL UNIQUE REFERENCES items (id),
    opened_at_ms BIGINT NOT NULL,
    verdict TEXT,
    reason TEXT,
    reviewer TEXT,
    reviewed_at_ms BIGINT,
    due_at_ms BIGINT
);

CREATE INDEX cases_open ON cases (number) WHERE verdict IS NULL;

CREATE TABLE actions (
    number INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    case_id TEXT NOT NULL REFERENCES cases (id),
    item TEXT NOT NULL REFERENCES items (id),
    kind TEXT NOT NULL,
    requested_at_ms BIGINT NOT NULL,
    due_at_ms BIGINT NOT NULL,
    withdrawn_at_ms BIGINT
);

CREATE INDEX actions_case ON actions (case_id);

-- Media kept for reviewers: which items have a file, sealed, in the data folder.
CREATE TABLE media (
    item TEXT NOT NULL PRIMARY KEY REFERENCES items (id),
    size_bytes BIGINT NOT NULL,
    kept_at_ms BIGINT NOT NULL
);
