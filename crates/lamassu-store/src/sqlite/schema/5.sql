-- Layout 5: cases wait in two queues, and in each by how urgent they are.

-- Which queue: `review`, or `near-miss` for what is nearly known.
ALTER TABLE cases ADD COLUMN kind TEXT NOT NULL DEFAULT 'review';
-- 0 before the others, 1 in its turn, 2 after the others.
ALTER TABLE cases ADD COLUMN rank BIGINT NOT NULL DEFAULT 1;
DROP INDEX cases_open;
CREATE INDEX cases_open ON cases (kind, rank, number) WHERE verdict IS NULL;
CREATE INDEX cases_opened ON cases (kind, opened_at_ms);
