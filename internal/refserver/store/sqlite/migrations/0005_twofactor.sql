-- When the second factor was turned on; NULL: not known.
ALTER TABLE second_factors ADD COLUMN since BIGINT;

-- A second factor that is not on yet; a user has one at most.
CREATE TABLE enrolments (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    seed    BLOB NOT NULL,   -- sealed
    step    BIGINT NOT NULL, -- of the code that confirmed it; 0: not confirmed
    codes   TEXT NOT NULL,   -- JSON: the hashes of its recovery codes
    expires BIGINT NOT NULL
);
CREATE INDEX enrolments_age ON enrolments (expires);

-- Half a sign-in: the password was right, and a second factor is missing.
CREATE TABLE tickets (
    hash    TEXT PRIMARY KEY, -- sha256 of the ticket, which itself is nowhere
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    ordered TEXT NOT NULL, -- what the sign-in was to lead to
    expires BIGINT NOT NULL
);
CREATE INDEX tickets_user ON tickets (user_id, expires);
CREATE INDEX tickets_age ON tickets (expires);
