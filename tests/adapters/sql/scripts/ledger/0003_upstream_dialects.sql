-- The languages that are spoken with an upstream, separated by spaces; NULL is all that its vendor knows.

ALTER TABLE upstreams ADD COLUMN dialects TEXT;
