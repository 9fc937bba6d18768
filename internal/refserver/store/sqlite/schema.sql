-- Written by TestNewSchemaIsThatOfTheMigrations: the migrations say why each of these is as it is.
CREATE TABLE users (
    id            TEXT PRIMARY KEY,
    handle        TEXT NOT NULL,
    email         TEXT NOT NULL,
    first         TEXT NOT NULL,
    middle        TEXT NOT NULL,
    last          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    sso           INTEGER NOT NULL,
    disabled      INTEGER NOT NULL,
    superuser     INTEGER NOT NULL,
    created       BIGINT NOT NULL
, bill_to          TEXT NOT NULL DEFAULT '', ssh_public_key   TEXT NOT NULL DEFAULT '', provisioning_org TEXT NOT NULL DEFAULT '', locked           INTEGER NOT NULL DEFAULT 0, created_by TEXT NOT NULL DEFAULT '', email_verified BOOLEAN NOT NULL DEFAULT FALSE);
CREATE UNIQUE INDEX users_email ON users (lower(email)) WHERE email <> '';
CREATE TABLE second_factors (
    user_id   TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    seed      BLOB NOT NULL, -- sealed
    last_step BIGINT NOT NULL
, since BIGINT);
CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash    TEXT NOT NULL,
    used    BIGINT,
    PRIMARY KEY (user_id, hash)
);
CREATE TABLE attempts (
    key          TEXT PRIMARY KEY,
    failures     BIGINT NOT NULL,
    not_before   BIGINT NOT NULL,
    last_failure BIGINT NOT NULL
);
CREATE INDEX attempts_age ON attempts (last_failure);
CREATE TABLE known_sources (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    source  TEXT NOT NULL,
    seen    BIGINT NOT NULL,
    PRIMARY KEY (user_id, source)
);
CREATE TABLE orgs (
    id          TEXT PRIMARY KEY,
    handle      TEXT NOT NULL,
    name        TEXT NOT NULL,
    auto_logout BIGINT NOT NULL, -- milliseconds; 0: the default
    phi_enabled INTEGER NOT NULL,
    created     BIGINT NOT NULL
, user_creation_enabled     INTEGER NOT NULL DEFAULT 0, member_list_visibility    TEXT NOT NULL DEFAULT 'ADMIN', restrict_project_transfer TEXT NOT NULL DEFAULT 'MEMBER', job_reuse                 INTEGER NOT NULL DEFAULT 1, detailed_job_metrics      INTEGER NOT NULL DEFAULT 0, saml_idp                  TEXT NOT NULL DEFAULT '', job_logs_forwarding       TEXT NOT NULL DEFAULT '', created_by TEXT NOT NULL DEFAULT '');
CREATE TABLE memberships (
    org_id                    TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id                   TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    level                     TEXT NOT NULL,
    allow_billable_activities INTEGER NOT NULL,
    app_access                INTEGER NOT NULL,
    project_access            INTEGER NOT NULL, cloud_integration_management INTEGER NOT NULL DEFAULT 0, tre_management               INTEGER NOT NULL DEFAULT 0, archival_management          INTEGER NOT NULL DEFAULT 0, data_deletion                INTEGER NOT NULL DEFAULT 0, data_search                  INTEGER NOT NULL DEFAULT 0, project_member_demotion      INTEGER NOT NULL DEFAULT 0, accepted INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, user_id)
);
CREATE TABLE projects (
    no           INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL,
    summary      TEXT NOT NULL,
    description  TEXT NOT NULL,
    created_by   TEXT NOT NULL,
    bill_to      TEXT NOT NULL,
    region       TEXT NOT NULL,
    contains_phi INTEGER NOT NULL,
    tags         TEXT NOT NULL, -- JSON
    properties   TEXT NOT NULL, -- JSON
    created      BIGINT NOT NULL,
    modified     BIGINT NOT NULL
, protected           INTEGER NOT NULL DEFAULT 0, restricted          INTEGER NOT NULL DEFAULT 0, download_restricted INTEGER NOT NULL DEFAULT 0, preview_restricted  INTEGER NOT NULL DEFAULT 0, upload_restricted   INTEGER NOT NULL DEFAULT 0, ui_view_only        INTEGER NOT NULL DEFAULT 0, results_restricted  BIGINT, executables         TEXT NOT NULL DEFAULT 'null', version             BIGINT NOT NULL DEFAULT 0);
CREATE INDEX projects_name ON projects (name, no);
CREATE TABLE audit (
    no         INTEGER PRIMARY KEY,
    time       BIGINT NOT NULL,
    actor      TEXT NOT NULL,
    subject    TEXT NOT NULL,
    action     TEXT NOT NULL,
    result     TEXT NOT NULL,
    factor     TEXT NOT NULL,
    address    TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    request_id TEXT NOT NULL
);
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
);
CREATE INDEX memberships_level ON memberships (org_id, level, user_id);
CREATE INDEX projects_payer ON projects (bill_to, no);
CREATE TABLE entry_codes (
    hash    TEXT PRIMARY KEY, -- sha256 of the code, which itself is nowhere
    purpose TEXT NOT NULL,
    user_id TEXT NOT NULL, -- empty: there is no user yet
    expires BIGINT NOT NULL
, made BIGINT);
CREATE UNIQUE INDEX entry_codes_owner ON entry_codes (purpose, user_id);
CREATE TABLE nonces (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    nonce   TEXT NOT NULL,
    input   TEXT NOT NULL, -- sha256 of the rest of the request
    made    TEXT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (user_id, nonce)
);
CREATE INDEX nonces_age ON nonces (created);
CREATE TABLE "tokens" (
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
, root TEXT, protocol TEXT NOT NULL DEFAULT '', made_after BIGINT NOT NULL DEFAULT 0);
CREATE INDEX tokens_user ON tokens (user_id, kind, signature);
CREATE INDEX tokens_parent ON tokens (parent) WHERE parent IS NOT NULL;
CREATE INDEX tokens_end ON tokens (user_id, kind, expires, signature) WHERE end_reason IN ('', 'expired');
CREATE INDEX tokens_label ON tokens (user_id, kind, label, expires, signature) WHERE end_reason IN ('', 'expired');
CREATE INDEX tokens_used ON tokens (user_id, last_used) WHERE kind = 'session' AND ended IS NULL;
CREATE INDEX tokens_over ON tokens (COALESCE(ended, expires));
CREATE TABLE token_sources (
    signature TEXT NOT NULL REFERENCES tokens (signature) ON DELETE CASCADE,
    source    TEXT NOT NULL,
    PRIMARY KEY (signature, source)
) WITHOUT ROWID;
CREATE TABLE enrolments (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    seed    BLOB NOT NULL,   -- sealed
    step    BIGINT NOT NULL, -- of the code that confirmed it; 0: not confirmed
    codes   TEXT NOT NULL,   -- JSON: the hashes of its recovery codes
    expires BIGINT NOT NULL
, made BIGINT);
CREATE INDEX enrolments_age ON enrolments (expires);
CREATE TABLE tickets (
    hash    TEXT PRIMARY KEY, -- sha256 of the ticket, which itself is nowhere
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    ordered TEXT NOT NULL, -- what the sign-in was to lead to
    expires BIGINT NOT NULL
, made BIGINT);
CREATE INDEX tickets_user ON tickets (user_id, expires);
CREATE INDEX tickets_age ON tickets (expires);
CREATE TABLE sign_ups (
    user_id   TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    code_hash TEXT NOT NULL UNIQUE, -- sha256 of the activation code
    code      BLOB NOT NULL         -- sealed; administrators read it
);
CREATE TABLE unread_codes (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    codes   BLOB NOT NULL, -- sealed
    expires BIGINT NOT NULL
, made BIGINT);
CREATE INDEX unread_codes_age ON unread_codes (expires);
CREATE INDEX entry_codes_age ON entry_codes (expires);
CREATE INDEX tokens_open ON tokens (kind, expires) WHERE ended IS NULL;
CREATE INDEX tokens_made ON tokens (kind, created) WHERE ended IS NULL;
CREATE INDEX memberships_user ON memberships (user_id, org_id);
CREATE TABLE folders (
    no         INTEGER PRIMARY KEY,
    project_no BIGINT NOT NULL, -- the project may be removed
    parent     BIGINT NOT NULL, -- number of the folder that it is in; 0: a root; -no: removed
    name       TEXT NOT NULL    -- empty for a root
);
CREATE UNIQUE INDEX folders_place ON folders (project_no, parent, name);
CREATE INDEX folders_removed ON folders (no) WHERE parent < 0;
CREATE TABLE "permissions" (
    grantee    TEXT NOT NULL,
    project_no BIGINT NOT NULL,
    level      INTEGER NOT NULL,
    PRIMARY KEY (grantee, project_no)
) WITHOUT ROWID;
CREATE INDEX permissions_project ON permissions (project_no);
CREATE TABLE "project_tags" (
    project_no BIGINT NOT NULL,
    tag        TEXT NOT NULL,
    PRIMARY KEY (project_no, tag)
) WITHOUT ROWID;
CREATE TABLE "project_properties" (
    project_no BIGINT NOT NULL,
    name       TEXT NOT NULL,
    value      TEXT NOT NULL,
    PRIMARY KEY (project_no, name)
) WITHOUT ROWID;
CREATE TABLE removed_projects (no INTEGER PRIMARY KEY);
CREATE TABLE folder_counts (
    project_no INTEGER PRIMARY KEY,
    folders    BIGINT NOT NULL
);
CREATE TABLE payer_counts (
    payer    TEXT PRIMARY KEY,
    projects BIGINT NOT NULL,
    folders  BIGINT NOT NULL
) WITHOUT ROWID;
CREATE TRIGGER project_inserted AFTER INSERT ON projects BEGIN
    INSERT INTO folder_counts VALUES (NEW.no, 0);
    INSERT INTO payer_counts VALUES (NEW.bill_to, 1, 0) ON CONFLICT (payer) DO UPDATE SET projects = projects + 1;
END;
CREATE TRIGGER project_transferred AFTER UPDATE OF bill_to ON projects WHEN NEW.bill_to <> OLD.bill_to BEGIN
    UPDATE payer_counts SET projects = projects - 1,
        folders = folders - (SELECT c.folders FROM folder_counts c WHERE project_no = NEW.no) WHERE payer = OLD.bill_to;
    INSERT INTO payer_counts SELECT NEW.bill_to, 1, c.folders FROM folder_counts c WHERE project_no = NEW.no
        ON CONFLICT (payer) DO UPDATE SET projects = projects + 1, folders = folders + excluded.folders;
END;
CREATE TRIGGER project_deleted AFTER DELETE ON projects BEGIN
    UPDATE payer_counts SET projects = projects - 1,
        folders = folders - (SELECT c.folders FROM folder_counts c WHERE project_no = OLD.no) WHERE payer = OLD.bill_to;
    DELETE FROM folder_counts WHERE project_no = OLD.no;
END;
CREATE TRIGGER folder_inserted AFTER INSERT ON folders WHEN NEW.name <> '' BEGIN
    UPDATE folder_counts SET folders = folders + 1 WHERE project_no = NEW.project_no;
    UPDATE payer_counts SET folders = folders + 1 WHERE payer = (SELECT bill_to FROM projects WHERE no = NEW.project_no);
END;
CREATE TRIGGER folder_deleted AFTER DELETE ON folders WHEN OLD.name <> '' BEGIN
    UPDATE folder_counts SET folders = folders - 1 WHERE project_no = OLD.project_no;
    UPDATE payer_counts SET folders = folders - 1 WHERE payer = (SELECT bill_to FROM projects WHERE no = OLD.project_no);
END;
CREATE INDEX orgs_creator ON orgs (created_by) WHERE created_by <> '';
CREATE INDEX users_creator ON users (created_by) WHERE created_by <> '';
CREATE INDEX tokens_ended ON tokens (user_id, ended) WHERE ended IS NOT NULL;
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
CREATE INDEX tokens_good ON tokens (user_id, signature, expires) WHERE ended IS NULL;
CREATE INDEX memberships_accepted ON memberships (user_id, org_id) WHERE accepted;
CREATE INDEX tokens_active_children ON tokens (parent, signature) WHERE parent IS NOT NULL AND ended IS NULL;
CREATE TABLE identities (
    issuer  TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email   TEXT NOT NULL, -- as the provider said when it was linked
    linked  BIGINT,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_user ON identities (user_id);
CREATE TABLE provider_sign_ins (
    hash     TEXT PRIMARY KEY, -- sha256 of the ticket, which itself is nowhere
    provider TEXT NOT NULL,
    content  TEXT NOT NULL, -- JSON
    spent    BOOLEAN NOT NULL DEFAULT FALSE,
    made     BIGINT,
    expires  BIGINT NOT NULL
);
CREATE INDEX provider_sign_ins_age ON provider_sign_ins (expires);
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
CREATE TABLE id_token_uses (
    use_key TEXT PRIMARY KEY, -- sha256 of what the token is known by
    expires BIGINT NOT NULL,
    uses    BIGINT NOT NULL
);
CREATE INDEX id_token_uses_expiry ON id_token_uses (expires);
CREATE TABLE outbox (
    id        TEXT PRIMARY KEY,
    recipient TEXT NOT NULL,
    kind      TEXT NOT NULL,
    letter    BLOB NOT NULL,   -- sealed: it may have a code
    made      BIGINT NOT NULL,
    expires   BIGINT NOT NULL,
    next_try  BIGINT NOT NULL,
    attempts  BIGINT NOT NULL
);
CREATE INDEX outbox_next ON outbox (next_try, id);
CREATE INDEX outbox_age ON outbox (expires);
CREATE INDEX outbox_recipient ON outbox (lower(recipient));
