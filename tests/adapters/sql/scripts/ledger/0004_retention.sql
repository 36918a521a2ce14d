-- For how many days the text of stored responses may be kept; 0: never.

ALTER TABLE organizations ADD COLUMN retain_responses_days INTEGER NOT NULL DEFAULT 0
  CHECK (retain_responses_days BETWEEN 0 AND 400);
