-- Ends of many tokens at once, until each of the tokens says that it has ended.
CREATE TABLE pending_ends (
    no         INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again
    parent     TEXT, -- signature: what was made with this token has ended, or NULL
    user_id    TEXT, -- the tokens of this user that were there, or NULL
    kind       TEXT, -- and are of this kind
    spared     TEXT, -- except this signature
    ended      BIGINT NOT NULL,
    end_reason TEXT NOT NULL
);
CREATE INDEX pending_ends_parent ON pending_ends (parent) WHERE parent IS NOT NULL;
CREATE INDEX pending_ends_user ON pending_ends (user_id, kind) WHERE user_id IS NOT NULL;

ALTER TABLE tokens ADD COLUMN made_after BIGINT NOT NULL DEFAULT 0; -- the last of the pending ends then
CREATE INDEX tokens_active_children ON tokens (parent) WHERE parent IS NOT NULL AND ended IS NULL;
