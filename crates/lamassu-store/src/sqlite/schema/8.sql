-- Layout 8: a bank's catalogue, by which its releases are looked through. Rows of entries that their bank holds.

CREATE TABLE catalogue (
    entry INTEGER NOT NULL PRIMARY KEY REFERENCES entries (number),
    bank TEXT NOT NULL,
    outlet TEXT,
    series TEXT,
    event TEXT,
    -- NULL when nobody has said.
    standing TEXT,
    -- The start of what is told as a date; long before all dates when none is.
    published_ms BIGINT NOT NULL,
    -- NULL when no date is told; the month also when only a year is.
    year BIGINT,
    month BIGINT
);

-- Each order and each field has an index, so that a page is read and not sorted. Those of fields hold only rows that
-- have them: long lists of hashes have none.
CREATE INDEX catalogue_added ON catalogue (bank);
CREATE INDEX catalogue_published ON catalogue (bank, published_ms);
CREATE INDEX catalogue_month ON catalogue (bank, year, month, standing) WHERE year IS NOT NULL;
CREATE INDEX catalogue_outlet ON catalogue (bank, outlet) WHERE outlet IS NOT NULL;
CREATE INDEX catalogue_outlet_published ON catalogue (bank, outlet, published_ms) WHERE outlet IS NOT NULL;
CREATE INDEX catalogue_series ON catalogue (bank, series) WHERE series IS NOT NULL;
CREATE INDEX catalogue_series_published ON catalogue (bank, series, published_ms) WHERE series IS NOT NULL;
CREATE INDEX catalogue_event ON catalogue (bank, event) WHERE event IS NOT NULL;
CREATE INDEX catalogue_event_published ON catalogue (bank, event, published_ms) WHERE event IS NOT NULL;
CREATE INDEX catalogue_standing ON catalogue (bank, standing) WHERE standing IS NOT NULL;
CREATE INDEX catalogue_standing_published ON catalogue (bank, standing, published_ms) WHERE standing IS NOT NULL;

-- The words of titles, as lamassu_case::searchable writes them; the texts themselves are with their entries.
CREATE VIRTUAL TABLE catalogue_words USING fts5 (
    title, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);
