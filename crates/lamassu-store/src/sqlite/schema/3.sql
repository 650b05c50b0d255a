-- Layout 3: what the console needs.

-- What happened to a case is asked for by its id and by its item's; the rest of the log is not.
CREATE INDEX audit_reviews ON audit (subject, number)
WHERE action IN ('item.decided', 'case.decided', 'case.reopened', 'media.viewed');

-- 1 when a case is opened, and one more with every change.
ALTER TABLE cases ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
UPDATE cases SET version = 1 + (
    SELECT count(*) FROM audit
    WHERE audit.subject = cases.id
    AND action IN ('item.decided', 'case.decided', 'case.reopened', 'media.viewed')
);
CREATE INDEX cases_reviewed ON cases (reviewed_at_ms) WHERE reviewed_at_ms IS NOT NULL;

-- What the reviewer's program called the attempt that the action follows from. It stays when the action is
-- withdrawn: whoever repeats the attempt then must not decide anew.
ALTER TABLE actions ADD COLUMN reviewer TEXT;
ALTER TABLE actions ADD COLUMN request TEXT;
CREATE UNIQUE INDEX actions_request ON actions (reviewer, request) WHERE request IS NOT NULL;

-- Where the views of an entry lie that are not the whole picture, as the bytes of lamassu_fingerprint's codec.
ALTER TABLE entries ADD COLUMN areas BLOB;

-- Which entries have their media in a sealed file in the data folder.
CREATE TABLE entry_media (
    entry TEXT NOT NULL PRIMARY KEY REFERENCES entries (id),
    size_bytes BIGINT NOT NULL,
    kept_at_ms BIGINT NOT NULL
);

-- Links that sign a person in, at most one each.
CREATE TABLE sign_in_links (
    person TEXT NOT NULL PRIMARY KEY REFERENCES people (id),
    digest BLOB NOT NULL UNIQUE,
    expires_at_ms BIGINT NOT NULL
);
