-- Layout 7: banks that act by a rule which people approved.

-- What people approved, and until which entry. Rows stay when an approval ends: decisions name them.
CREATE TABLE bank_approvals (
    number INTEGER NOT NULL PRIMARY KEY,
    bank TEXT NOT NULL REFERENCES banks (name),
    person TEXT NOT NULL REFERENCES people (id),
    rule BLOB NOT NULL,
    rule_text TEXT NOT NULL,
    entries_until BIGINT NOT NULL,
    approved_at_ms BIGINT NOT NULL,
    ended_at_ms BIGINT,
    ended_because TEXT
);
CREATE UNIQUE INDEX bank_approvals_live ON bank_approvals (bank, person) WHERE ended_at_ms IS NULL;

-- Set while an administrator lets the bank act.
ALTER TABLE banks ADD COLUMN acting_by TEXT;
ALTER TABLE banks ADD COLUMN acting_since_ms BIGINT;

-- Entries by which a rule acted and a person undid it: approvals up to this one no longer cover them.
CREATE TABLE undone_entries (
    entry TEXT NOT NULL PRIMARY KEY REFERENCES entries (id),
    approval BIGINT NOT NULL
);

-- What an action follows from: `review`, `rule`, or `undo` of what a rule did.
ALTER TABLE actions ADD COLUMN origin TEXT NOT NULL DEFAULT 'review';

DROP INDEX audit_reviews;
CREATE INDEX audit_reviews ON audit (subject, number)
WHERE action IN ('item.decided', 'case.decided', 'case.reopened', 'media.viewed', 'action.undone');
