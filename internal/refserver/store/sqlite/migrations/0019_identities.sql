-- Whether it is known that the address is the user's: by a code, or by an administrator.
ALTER TABLE users ADD COLUMN email_verified BOOLEAN NOT NULL DEFAULT FALSE;

-- Accounts of users at OpenID providers.
CREATE TABLE identities (
    issuer  TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email   TEXT NOT NULL, -- as the provider said when it was linked
    linked  BIGINT,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_user ON identities (user_id);

-- What a provider said about a user, until the user has signed in. Spent ones stay until
-- they expire, so that a response of a provider cannot be used again.
CREATE TABLE provider_sign_ins (
    hash     TEXT PRIMARY KEY, -- sha256 of the ticket, which itself is nowhere
    provider TEXT NOT NULL,
    content  TEXT NOT NULL, -- JSON
    spent    BOOLEAN NOT NULL DEFAULT FALSE,
    made     BIGINT,
    expires  BIGINT NOT NULL
);
CREATE INDEX provider_sign_ins_age ON provider_sign_ins (expires);
