-- Codes by which a program gets a session that its user approved in a browser.
CREATE TABLE authorization_codes (
    hash      TEXT PRIMARY KEY, -- sha256 of the code, which itself is nowhere
    client    TEXT NOT NULL,
    redirect  TEXT NOT NULL,
    challenge TEXT NOT NULL,
    user_id   TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session   TEXT NOT NULL,    -- signature of the session in which the user approved
    made      BIGINT NOT NULL,
    expires   BIGINT NOT NULL,
    spent     BIGINT,
    token     TEXT NOT NULL DEFAULT '', -- signature of what its use made
    kept      BIGINT NOT NULL   -- the row is deleted then
) WITHOUT ROWID;
CREATE INDEX authorization_codes_user ON authorization_codes (user_id, made);
CREATE INDEX authorization_codes_age ON authorization_codes (kept);

-- Programs without a browser that wait for their users.
CREATE TABLE devices (
    hash       TEXT PRIMARY KEY,     -- sha256 of the device code, which itself is nowhere
    user_code  TEXT NOT NULL UNIQUE, -- sha256 of the code that the user types
    client     TEXT NOT NULL,
    address    TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    made       BIGINT NOT NULL,
    expires    BIGINT NOT NULL,
    poll_wait  BIGINT NOT NULL,      -- milliseconds between two polls
    polled     BIGINT,
    decision   TEXT NOT NULL DEFAULT '',
    user_id    TEXT NOT NULL DEFAULT '', -- who decided
    session    TEXT NOT NULL DEFAULT '',
    spent      BIGINT,
    token      TEXT NOT NULL DEFAULT '', -- signature of what its use made
    kept       BIGINT NOT NULL       -- the row is deleted then
) WITHOUT ROWID;
CREATE INDEX devices_age ON devices (kept);
CREATE INDEX devices_waiting ON devices (hash) WHERE spent IS NULL;
