-- What people and orgs have beside names: who pays, who made the account, the
-- rules of an org and the rights of its members.

ALTER TABLE users ADD COLUMN bill_to          TEXT NOT NULL DEFAULT ''; -- empty: themselves
ALTER TABLE users ADD COLUMN ssh_public_key   TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN provisioning_org TEXT NOT NULL DEFAULT ''; -- whose admins answer for the account
ALTER TABLE users ADD COLUMN locked           INTEGER NOT NULL DEFAULT 0;

ALTER TABLE orgs ADD COLUMN user_creation_enabled     INTEGER NOT NULL DEFAULT 0;
ALTER TABLE orgs ADD COLUMN member_list_visibility    TEXT NOT NULL DEFAULT 'ADMIN';
ALTER TABLE orgs ADD COLUMN restrict_project_transfer TEXT NOT NULL DEFAULT 'MEMBER';
ALTER TABLE orgs ADD COLUMN job_reuse                 INTEGER NOT NULL DEFAULT 1;
ALTER TABLE orgs ADD COLUMN detailed_job_metrics      INTEGER NOT NULL DEFAULT 0;
ALTER TABLE orgs ADD COLUMN saml_idp                  TEXT NOT NULL DEFAULT '';
ALTER TABLE orgs ADD COLUMN job_logs_forwarding       TEXT NOT NULL DEFAULT ''; -- JSON; empty: none

ALTER TABLE memberships ADD COLUMN cloud_integration_management INTEGER NOT NULL DEFAULT 0;
ALTER TABLE memberships ADD COLUMN tre_management               INTEGER NOT NULL DEFAULT 0;
ALTER TABLE memberships ADD COLUMN archival_management          INTEGER NOT NULL DEFAULT 0;
ALTER TABLE memberships ADD COLUMN data_deletion                INTEGER NOT NULL DEFAULT 0;
ALTER TABLE memberships ADD COLUMN data_search                  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE memberships ADD COLUMN project_member_demotion      INTEGER NOT NULL DEFAULT 0;
UPDATE memberships SET archival_management = 1, data_deletion = 1, data_search = 1, project_member_demotion = 1
    WHERE level = 'ADMIN';
CREATE INDEX memberships_level ON memberships (org_id, level, user_id);
CREATE INDEX projects_payer ON projects (bill_to, no);

-- Codes that let somebody in once, before there is a password.
CREATE TABLE entry_codes (
    hash    TEXT PRIMARY KEY, -- sha256 of the code, which itself is nowhere
    purpose TEXT NOT NULL,
    user_id TEXT NOT NULL, -- empty: there is no user yet
    expires BIGINT NOT NULL
);
CREATE UNIQUE INDEX entry_codes_owner ON entry_codes (purpose, user_id);

-- What was made by requests that may be sent twice.
CREATE TABLE nonces (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    nonce   TEXT NOT NULL,
    input   TEXT NOT NULL, -- sha256 of the rest of the request
    made    TEXT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (user_id, nonce)
);
CREATE INDEX nonces_age ON nonces (created);
