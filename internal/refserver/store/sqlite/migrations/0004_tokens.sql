-- Tokens by the thousand: lists in pages, names, beginnings of signatures. And
-- an API token that was never used says so: NULL in last_used. It used to get
-- the time of its making there.

CREATE TABLE tokens_new (
    signature     TEXT PRIMARY KEY, -- sha256 of the token, which itself is nowhere
    kind          TEXT NOT NULL,
    user_id       TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    label         TEXT NOT NULL,
    description   TEXT NOT NULL,
    scope         TEXT NOT NULL, -- JSON
    parent        TEXT,
    created       BIGINT NOT NULL,
    authenticated BIGINT,
    expires       BIGINT NOT NULL,
    last_used     BIGINT,
    last_address  TEXT NOT NULL,
    client        TEXT NOT NULL,
    ended         BIGINT,
    end_reason    TEXT NOT NULL DEFAULT ''
);
INSERT INTO tokens_new
    SELECT signature, kind, user_id, label, '', scope, parent, created, authenticated, expires,
        CASE WHEN kind = 'token' AND last_used = created THEN NULL ELSE last_used END,
        last_address, client, ended, end_reason FROM tokens;
DROP TABLE tokens;
ALTER TABLE tokens_new RENAME TO tokens;

-- By the beginning of a signature; and all sessions of a user.
CREATE INDEX tokens_user ON tokens (user_id, kind, signature);
CREATE INDEX tokens_parent ON tokens (parent) WHERE parent IS NOT NULL;
-- Those that are good or have expired, in the order of their end; the queries
-- have to repeat the condition to the letter.
CREATE INDEX tokens_end ON tokens (user_id, kind, expires, signature) WHERE end_reason IN ('', 'expired');
CREATE INDEX tokens_label ON tokens (user_id, kind, label, expires, signature) WHERE end_reason IN ('', 'expired');
-- Sessions that are not idle are few, whatever number was made.
CREATE INDEX tokens_used ON tokens (user_id, last_used) WHERE kind = 'session' AND ended IS NULL;
-- What was made with a session ends with the user's sessions.
CREATE INDEX tokens_children ON tokens (user_id, parent) WHERE parent IS NOT NULL AND ended IS NULL;
-- What nobody has to remember any more.
CREATE INDEX tokens_over ON tokens (COALESCE(ended, expires));

-- From where each token was used, beside the last place; a network each.
CREATE TABLE token_sources (
    signature TEXT NOT NULL REFERENCES tokens (signature) ON DELETE CASCADE,
    source    TEXT NOT NULL,
    PRIMARY KEY (signature, source)
) WITHOUT ROWID;
