-- Layout 6: which releases share seconds.

-- Entries that are yet to be compared with those that were banked before them. `frames` holds all orientations until
-- it is done.
CREATE TABLE kin_searches (
    entry BIGINT NOT NULL PRIMARY KEY REFERENCES entries (number),
    frames BLOB,
    done_at_ms BIGINT
);
CREATE INDEX kin_searches_waiting ON kin_searches (entry) WHERE done_at_ms IS NULL;

-- What they share: stretches of `entry` that show stretches of `other`, which was banked before it.
CREATE TABLE kin (
    entry BIGINT NOT NULL REFERENCES entries (number),
    other BIGINT NOT NULL REFERENCES entries (number),
    method TEXT NOT NULL,
    segments TEXT NOT NULL,
    PRIMARY KEY (entry, other, method)
);
CREATE INDEX kin_other ON kin (other);
