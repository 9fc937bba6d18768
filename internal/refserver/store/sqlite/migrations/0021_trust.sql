-- Which jobs of CI systems get a token for their ID token.
CREATE TABLE trust_rules (
    id        TEXT PRIMARY KEY,
    org_id    TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    issuer    TEXT NOT NULL, -- URL
    match_key TEXT NOT NULL, -- one claim that the rule wants exactly, as NAME=VALUE
    claims    TEXT NOT NULL, -- JSON
    user_id   TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    projects  TEXT NOT NULL, -- JSON
    phi       INTEGER NOT NULL,
    lifetime  BIGINT NOT NULL, -- milliseconds
    maker     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created   BIGINT NOT NULL,
    last_used BIGINT,
    uses      BIGINT NOT NULL
);
CREATE INDEX trust_rules_org ON trust_rules (org_id, created, id);
CREATE INDEX trust_rules_match ON trust_rules (issuer, match_key, id);
CREATE INDEX trust_rules_user ON trust_rules (user_id);
CREATE INDEX trust_rules_maker ON trust_rules (maker);

-- ID tokens that were exchanged.
CREATE TABLE id_token_uses (
    use_key TEXT PRIMARY KEY, -- sha256 of what the token is known by
    expires BIGINT NOT NULL,
    uses    BIGINT NOT NULL
);
CREATE INDEX id_token_uses_expiry ON id_token_uses (expires);
