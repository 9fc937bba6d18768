-- People who signed up and wait to be let in.
CREATE TABLE sign_ups (
    user_id   TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    code_hash TEXT NOT NULL UNIQUE, -- sha256 of the activation code
    code      BLOB NOT NULL         -- sealed; administrators read it
);

-- Recovery codes that were made and not shown yet; they are shown once.
CREATE TABLE unread_codes (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    codes   BLOB NOT NULL, -- sealed
    expires BIGINT NOT NULL
);
CREATE INDEX unread_codes_age ON unread_codes (expires);
