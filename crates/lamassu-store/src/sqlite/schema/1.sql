-- Layout 1. A later layout is further files, never a change of this one.
-- Times are milliseconds since 1970, digests 32 bytes, frames the bytes of lamassu_fingerprint's codec.

CREATE TABLE banks (
    name TEXT NOT NULL PRIMARY KEY,
    created_at_ms BIGINT NOT NULL
);

-- Rows stay when an entry is removed: evidence names entries for as long as it is kept.
-- `frames` comes last, so that reading the other columns does not touch its pages.
CREATE TABLE entries (
    number INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    bank TEXT NOT NULL REFERENCES banks (name),
    medium TEXT NOT NULL,
    digest BLOB NOT NULL,
    size_bytes BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    fingerprint_version TEXT NOT NULL,
    metadata TEXT NOT NULL,
    added_at_ms BIGINT NOT NULL,
    added_sequence BIGINT NOT NULL UNIQUE,
    removed_sequence BIGINT,
    frames BLOB NOT NULL
);

-- Each index holds only the rows it is for. An index of all of `removed_sequence` would be taken for
-- "IS NULL", that is for nearly every row, and pages and counts would go row by row through it.
CREATE UNIQUE INDEX entries_live_digest ON entries (bank, digest) WHERE removed_sequence IS NULL;
CREATE INDEX entries_live_number ON entries (bank, number) WHERE removed_sequence IS NULL;
CREATE UNIQUE INDEX entries_removed ON entries (removed_sequence) WHERE removed_sequence IS NOT NULL;

CREATE TABLE policies (
    version BLOB NOT NULL PRIMARY KEY,
    text TEXT NOT NULL
);

-- The last one is current; a policy can become current again.
CREATE TABLE policy_changes (
    number INTEGER NOT NULL PRIMARY KEY,
    version BLOB NOT NULL REFERENCES policies (version),
    at_ms BIGINT NOT NULL
);

CREATE TABLE items (
    id TEXT NOT NULL PRIMARY KEY,
    reference TEXT NOT NULL,
    medium TEXT NOT NULL,
    digest BLOB NOT NULL,
    size_bytes BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    fingerprint_version TEXT NOT NULL,
    received_at_ms BIGINT NOT NULL,
    frames BLOB NOT NULL
);

CREATE TABLE decisions (
    item TEXT NOT NULL PRIMARY KEY REFERENCES items (id),
    decided_at_ms BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    policy_version BLOB NOT NULL REFERENCES policies (version),
    evidence TEXT NOT NULL
);

CREATE TABLE audit (
    number INTEGER NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash BLOB NOT NULL
);

CREATE TRIGGER audit_is_not_updated BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

-- INSERT OR REPLACE deletes without asking the trigger above.
CREATE TRIGGER audit_is_appended BEFORE INSERT ON audit
WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM audit)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
