-- Layout 4: what came in is looked at again when something new is known.

-- An item can be decided again; the last decision counts, and those before it stay.
CREATE TABLE decisions_of_items (
    number INTEGER NOT NULL PRIMARY KEY,
    item TEXT NOT NULL REFERENCES items (id),
    decided_at_ms BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    policy_version BLOB NOT NULL REFERENCES policies (version),
    evidence TEXT NOT NULL
);
INSERT INTO decisions_of_items (item, decided_at_ms, outcome, policy_version, evidence)
SELECT item, decided_at_ms, outcome, policy_version, evidence FROM decisions;
DROP TABLE decisions;
ALTER TABLE decisions_of_items RENAME TO decisions;
CREATE INDEX decisions_item ON decisions (item, number);

CREATE INDEX submissions_received ON submissions (received_at_ms);

-- Entries that are looked for in what came in before them. `frames` holds all orientations until it is done.
CREATE TABLE look_backs (
    entry BIGINT NOT NULL PRIMARY KEY REFERENCES entries (number),
    frames BLOB,
    items BIGINT NOT NULL,
    cases BIGINT NOT NULL,
    done_at_ms BIGINT
);
CREATE INDEX look_backs_waiting ON look_backs (entry) WHERE done_at_ms IS NULL;

-- Near-identical items that no bank knows, together in one case.
CREATE TABLE rising (
    item TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    account TEXT,
    received_at_ms BIGINT NOT NULL
);
CREATE INDEX rising_case ON rising (case_id);

-- Local features of entries that are pictures, as the bytes of lamassu_fingerprint's codec.
CREATE TABLE entry_features (
    entry BIGINT NOT NULL PRIMARY KEY REFERENCES entries (number),
    features BLOB NOT NULL
);

-- The sound of entries, as the bytes of lamassu_fingerprint's codec.
CREATE TABLE entry_sounds (
    entry BIGINT NOT NULL PRIMARY KEY REFERENCES entries (number),
    track BLOB NOT NULL
);
