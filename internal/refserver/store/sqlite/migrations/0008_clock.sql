-- When a code was made: one that was made in the future is not valid. NULL: not known.
ALTER TABLE entry_codes ADD COLUMN made BIGINT;
ALTER TABLE enrolments ADD COLUMN made BIGINT;
ALTER TABLE tickets ADD COLUMN made BIGINT;
ALTER TABLE unread_codes ADD COLUMN made BIGINT;

-- What the sweep looks for.
CREATE INDEX entry_codes_age ON entry_codes (expires);
CREATE INDEX tokens_open ON tokens (kind, expires) WHERE ended IS NULL;
CREATE INDEX tokens_made ON tokens (kind, created) WHERE ended IS NULL;
