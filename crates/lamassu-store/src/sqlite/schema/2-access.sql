-- Layout 2: who may do what. Of keys, sessions and links only the SHA-256 is here: each is 32 random bytes,
-- so nobody finds it from that.

-- `scopes` are words with a space between. Rows stay when a key is revoked: the audit log names it.
CREATE TABLE api_keys (
    number INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    digest BLOB NOT NULL UNIQUE,
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT,
    last_used_at_ms BIGINT,
    revoked_at_ms BIGINT
);

CREATE INDEX api_keys_live ON api_keys (number) WHERE revoked_at_ms IS NULL;

-- `password_hash` is in the PHC format, with its parameters and salt.
CREATE TABLE people (
    number INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL UNIQUE,
    display_name TEXT,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    disabled_at_ms BIGINT
);

-- Only running sessions have a row.
CREATE TABLE sessions (
    number INTEGER NOT NULL PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    person TEXT NOT NULL REFERENCES people (id),
    created_at_ms BIGINT NOT NULL,
    seen_at_ms BIGINT NOT NULL
);

CREATE INDEX sessions_person ON sessions (person, number);

-- At most one row: the link that makes an administrator. `first_only`: not when there is one already.
CREATE TABLE setup_links (
    digest BLOB NOT NULL PRIMARY KEY,
    expires_at_ms BIGINT NOT NULL,
    first_only BOOLEAN NOT NULL
);
