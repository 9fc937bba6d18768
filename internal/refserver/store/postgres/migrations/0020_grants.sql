-- Codes by which a program gets a session that its user approved in a browser.
CREATE TABLE authorization_codes (
    hash      TEXT COLLATE "C" PRIMARY KEY, -- sha256 of the code, which itself is nowhere
    client    TEXT COLLATE "C" NOT NULL,
    redirect  TEXT COLLATE "C" NOT NULL,
    challenge TEXT COLLATE "C" NOT NULL,
    user_id   TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session   TEXT COLLATE "C" NOT NULL,    -- signature of the session in which the user approved
    made      BIGINT NOT NULL,
    expires   BIGINT NOT NULL,
    spent     BIGINT,
    token     TEXT COLLATE "C" NOT NULL DEFAULT '', -- signature of what its use made
    kept      BIGINT NOT NULL   -- the row is deleted then
);
CREATE INDEX authorization_codes_user ON authorization_codes (user_id, made);
CREATE INDEX authorization_codes_age ON authorization_codes (kept);

-- Programs without a browser that wait for their users.
CREATE TABLE devices (
    hash       TEXT COLLATE "C" PRIMARY KEY,     -- sha256 of the device code, which itself is nowhere
    user_code  TEXT COLLATE "C" NOT NULL UNIQUE, -- sha256 of the code that the user types
    client     TEXT COLLATE "C" NOT NULL,
    address    TEXT COLLATE "C" NOT NULL,
    user_agent TEXT COLLATE "C" NOT NULL,
    made       BIGINT NOT NULL,
    expires    BIGINT NOT NULL,
    poll_wait  BIGINT NOT NULL,      -- milliseconds between two polls
    polled     BIGINT,
    decision   TEXT COLLATE "C" NOT NULL DEFAULT '',
    user_id    TEXT COLLATE "C" NOT NULL DEFAULT '', -- who decided
    session    TEXT COLLATE "C" NOT NULL DEFAULT '',
    spent      BIGINT,
    token      TEXT COLLATE "C" NOT NULL DEFAULT '', -- signature of what its use made
    kept       BIGINT NOT NULL       -- the row is deleted then
);
CREATE INDEX devices_age ON devices (kept);
CREATE INDEX devices_waiting ON devices (hash) WHERE spent IS NULL;
