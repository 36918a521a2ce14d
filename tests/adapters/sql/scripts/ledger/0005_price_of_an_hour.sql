-- What vendors that keep a prompt in their cache for an hour ask for writing it.

ALTER TABLE models ADD COLUMN cache_creation_1h_input INTEGER CHECK (cache_creation_1h_input >= 0);
