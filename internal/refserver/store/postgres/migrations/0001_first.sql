-- What the migrations of SQLite lead to, with the same names. All times are milliseconds
-- since 1970 in UTC; NULL or 0 means never. Text is compared byte by byte: ranges of names
-- and signatures and the order of pages rely on it, and it folds only ASCII in lower().

CREATE TABLE schema_version (
    version BIGINT NOT NULL
);

-- Transactions that write lock this table, most of them together with others. See turn.
CREATE TABLE turns ();

CREATE TABLE users (
    id               TEXT COLLATE "C" PRIMARY KEY,
    handle           TEXT COLLATE "C" NOT NULL,
    email            TEXT COLLATE "C" NOT NULL,
    first            TEXT COLLATE "C" NOT NULL,
    middle           TEXT COLLATE "C" NOT NULL,
    last             TEXT COLLATE "C" NOT NULL,
    password_hash    TEXT COLLATE "C" NOT NULL,
    sso              BOOLEAN NOT NULL,
    disabled         BOOLEAN NOT NULL,
    superuser        BOOLEAN NOT NULL,
    created          BIGINT NOT NULL,
    bill_to          TEXT COLLATE "C" NOT NULL DEFAULT '', -- empty: themselves
    ssh_public_key   TEXT COLLATE "C" NOT NULL DEFAULT '',
    provisioning_org TEXT COLLATE "C" NOT NULL DEFAULT '', -- whose admins answer for the account
    locked           BOOLEAN NOT NULL DEFAULT FALSE,
    created_by       TEXT COLLATE "C" NOT NULL DEFAULT ''  -- empty: not known, or the administrators of the platform
);
CREATE UNIQUE INDEX users_email ON users (lower(email)) WHERE email <> '';
CREATE INDEX users_creator ON users (created_by) WHERE created_by <> '';

CREATE TABLE second_factors (
    user_id   TEXT COLLATE "C" PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    seed      BYTEA NOT NULL, -- sealed
    last_step BIGINT NOT NULL,
    since     BIGINT          -- NULL: not known
);

CREATE TABLE recovery_codes (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash    TEXT COLLATE "C" NOT NULL,
    used    BIGINT,
    PRIMARY KEY (user_id, hash)
);

-- A second factor that is not on yet; a user has one at most.
CREATE TABLE enrolments (
    user_id TEXT COLLATE "C" PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    seed    BYTEA NOT NULL,            -- sealed
    step    BIGINT NOT NULL,           -- of the code that confirmed it; 0: not confirmed
    codes   TEXT COLLATE "C" NOT NULL, -- JSON: the hashes of its recovery codes
    made    BIGINT,
    expires BIGINT NOT NULL
);
CREATE INDEX enrolments_age ON enrolments (expires);

-- Half a sign-in: the password was right, and a second factor is missing.
CREATE TABLE tickets (
    hash    TEXT COLLATE "C" PRIMARY KEY, -- sha256 of the ticket, which itself is nowhere
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    ordered TEXT COLLATE "C" NOT NULL, -- what the sign-in was to lead to
    made    BIGINT,
    expires BIGINT NOT NULL
);
CREATE INDEX tickets_user ON tickets (user_id, expires);
CREATE INDEX tickets_age ON tickets (expires);

-- Users who signed up and wait for activation.
CREATE TABLE sign_ups (
    user_id   TEXT COLLATE "C" PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    code_hash TEXT COLLATE "C" NOT NULL UNIQUE, -- sha256 of the activation code
    code      BYTEA NOT NULL                    -- sealed; administrators read it
);

-- Recovery codes that were made and not shown yet; they are shown once.
CREATE TABLE unread_codes (
    user_id TEXT COLLATE "C" PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    codes   BYTEA NOT NULL, -- sealed
    made    BIGINT,
    expires BIGINT NOT NULL
);
CREATE INDEX unread_codes_age ON unread_codes (expires);

-- Codes for one sign-in before there is a password.
CREATE TABLE entry_codes (
    hash    TEXT COLLATE "C" PRIMARY KEY, -- sha256 of the code, which itself is nowhere
    purpose TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL, -- empty: there is no user yet
    made    BIGINT,
    expires BIGINT NOT NULL
);
CREATE UNIQUE INDEX entry_codes_owner ON entry_codes (purpose, user_id);
CREATE INDEX entry_codes_age ON entry_codes (expires);

-- One row for each key that has failures; see Rule in package identity.
CREATE TABLE attempts (
    key          TEXT COLLATE "C" PRIMARY KEY,
    failures     BIGINT NOT NULL,
    not_before   BIGINT NOT NULL,
    last_failure BIGINT NOT NULL
);
CREATE INDEX attempts_age ON attempts (last_failure);

CREATE TABLE known_sources (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    source  TEXT COLLATE "C" NOT NULL,
    seen    BIGINT NOT NULL,
    PRIMARY KEY (user_id, source)
);

CREATE TABLE tokens (
    signature     TEXT COLLATE "C" PRIMARY KEY, -- sha256 of the token, which itself is nowhere
    kind          TEXT COLLATE "C" NOT NULL,
    user_id       TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    label         TEXT COLLATE "C" NOT NULL,
    description   TEXT COLLATE "C" NOT NULL,
    scope         TEXT COLLATE "C" NOT NULL, -- JSON
    parent        TEXT COLLATE "C",
    root          TEXT COLLATE "C", -- signature; NULL: made with no other token
    created       BIGINT NOT NULL,
    authenticated BIGINT,
    expires       BIGINT NOT NULL,
    last_used     BIGINT,           -- NULL: never
    last_address  TEXT COLLATE "C" NOT NULL,
    client        TEXT COLLATE "C" NOT NULL,
    protocol      TEXT COLLATE "C" NOT NULL DEFAULT '',
    made_after    BIGINT NOT NULL DEFAULT 0, -- the last of the pending ends then
    ended         BIGINT,
    end_reason    TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX tokens_user ON tokens (user_id, kind, signature);
CREATE INDEX tokens_parent ON tokens (parent) WHERE parent IS NOT NULL;
CREATE INDEX tokens_active_children ON tokens (parent, signature) WHERE parent IS NOT NULL AND ended IS NULL;
CREATE INDEX tokens_end ON tokens (user_id, kind, expires, signature) WHERE end_reason IN ('', 'expired');
CREATE INDEX tokens_label ON tokens (user_id, kind, label, expires, signature) WHERE end_reason IN ('', 'expired');
CREATE INDEX tokens_used ON tokens (user_id, last_used) WHERE kind = 'session' AND ended IS NULL;
CREATE INDEX tokens_good ON tokens (user_id, signature, expires) WHERE ended IS NULL;
CREATE INDEX tokens_open ON tokens (kind, expires) WHERE ended IS NULL;
CREATE INDEX tokens_made ON tokens (kind, created) WHERE ended IS NULL;
CREATE INDEX tokens_ended ON tokens (user_id, ended) WHERE ended IS NOT NULL;
CREATE INDEX tokens_over ON tokens (COALESCE(ended, expires));

-- From where each token was used, beside the last place; a network each.
CREATE TABLE token_sources (
    signature TEXT COLLATE "C" NOT NULL REFERENCES tokens (signature) ON DELETE CASCADE,
    source    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (signature, source)
);

-- Ends of many tokens at once, until each of the tokens says that it has ended.
CREATE TABLE pending_ends (
    no         BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, -- never used again
    parent     TEXT COLLATE "C", -- signature: what was made with this token has ended, or NULL
    user_id    TEXT COLLATE "C", -- the tokens of this user that were there, or NULL
    kind       TEXT COLLATE "C", -- and are of this kind
    spared     TEXT COLLATE "C", -- except this signature
    ended      BIGINT NOT NULL,
    end_reason TEXT COLLATE "C" NOT NULL
);
CREATE INDEX pending_ends_parent ON pending_ends (parent) WHERE parent IS NOT NULL;
CREATE INDEX pending_ends_user ON pending_ends (user_id, kind) WHERE user_id IS NOT NULL;

-- A token remembers the last number that it saw, and smaller numbers do not end it. So a
-- number may not become visible after a greater one: transactions that draw numbers
-- wait for each other's end.
CREATE FUNCTION wait_for_numbers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock('pending_ends'::regclass::oid::bigint);
    RETURN NULL;
END $$;
CREATE TRIGGER pending_ends_numbered BEFORE INSERT ON pending_ends
    FOR EACH STATEMENT EXECUTE FUNCTION wait_for_numbers();

CREATE TABLE orgs (
    id                        TEXT COLLATE "C" PRIMARY KEY,
    handle                    TEXT COLLATE "C" NOT NULL,
    name                      TEXT COLLATE "C" NOT NULL,
    auto_logout               BIGINT NOT NULL, -- milliseconds; 0: the default
    phi_enabled               BOOLEAN NOT NULL,
    created                   BIGINT NOT NULL,
    user_creation_enabled     BOOLEAN NOT NULL DEFAULT FALSE,
    member_list_visibility    TEXT COLLATE "C" NOT NULL DEFAULT 'ADMIN',
    restrict_project_transfer TEXT COLLATE "C" NOT NULL DEFAULT 'MEMBER',
    job_reuse                 BOOLEAN NOT NULL DEFAULT TRUE,
    detailed_job_metrics      BOOLEAN NOT NULL DEFAULT FALSE,
    saml_idp                  TEXT COLLATE "C" NOT NULL DEFAULT '',
    job_logs_forwarding       TEXT COLLATE "C" NOT NULL DEFAULT '', -- JSON; empty: none
    created_by                TEXT COLLATE "C" NOT NULL DEFAULT ''  -- empty: not known, or the administrators of the platform
);
CREATE INDEX orgs_creator ON orgs (created_by) WHERE created_by <> '';

CREATE TABLE memberships (
    org_id                       TEXT COLLATE "C" NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id                      TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    level                        TEXT COLLATE "C" NOT NULL,
    allow_billable_activities    BOOLEAN NOT NULL,
    app_access                   BOOLEAN NOT NULL,
    project_access               BIGINT NOT NULL,
    cloud_integration_management BOOLEAN NOT NULL DEFAULT FALSE,
    tre_management               BOOLEAN NOT NULL DEFAULT FALSE,
    archival_management          BOOLEAN NOT NULL DEFAULT FALSE,
    data_deletion                BOOLEAN NOT NULL DEFAULT FALSE,
    data_search                  BOOLEAN NOT NULL DEFAULT FALSE,
    project_member_demotion      BOOLEAN NOT NULL DEFAULT FALSE,
    accepted                     BOOLEAN NOT NULL DEFAULT FALSE, -- only then the org has power over the member
    PRIMARY KEY (org_id, user_id)
);
CREATE INDEX memberships_user ON memberships (user_id, org_id);
CREATE INDEX memberships_accepted ON memberships (user_id, org_id) WHERE accepted;
CREATE INDEX memberships_level ON memberships (org_id, level, user_id);

-- The number orders projects by age and keeps the permissions small.
CREATE TABLE projects (
    no                  BIGINT PRIMARY KEY,
    id                  TEXT COLLATE "C" NOT NULL UNIQUE,
    name                TEXT COLLATE "C" NOT NULL,
    summary             TEXT COLLATE "C" NOT NULL,
    description         TEXT COLLATE "C" NOT NULL,
    created_by          TEXT COLLATE "C" NOT NULL,
    bill_to             TEXT COLLATE "C" NOT NULL,
    region              TEXT COLLATE "C" NOT NULL,
    contains_phi        BOOLEAN NOT NULL,
    tags                TEXT COLLATE "C" NOT NULL, -- JSON
    properties          TEXT COLLATE "C" NOT NULL, -- JSON
    created             BIGINT NOT NULL,
    modified            BIGINT NOT NULL,
    protected           BOOLEAN NOT NULL DEFAULT FALSE,
    restricted          BOOLEAN NOT NULL DEFAULT FALSE,
    download_restricted BOOLEAN NOT NULL DEFAULT FALSE,
    preview_restricted  BOOLEAN NOT NULL DEFAULT FALSE,
    upload_restricted   BOOLEAN NOT NULL DEFAULT FALSE,
    ui_view_only        BOOLEAN NOT NULL DEFAULT FALSE,
    results_restricted  BIGINT,
    executables         TEXT COLLATE "C" NOT NULL DEFAULT 'null', -- JSON
    version             BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX projects_name ON projects (name, no);
CREATE INDEX projects_payer ON projects (bill_to, no);

-- Numbers of removed projects of which something is left. They are not used again.
CREATE TABLE removed_projects (
    no BIGINT PRIMARY KEY
);

-- What belongs to a project stays after its removal, until its turn.
CREATE TABLE permissions (
    grantee    TEXT COLLATE "C" NOT NULL,
    project_no BIGINT NOT NULL,
    level      BIGINT NOT NULL,
    PRIMARY KEY (grantee, project_no)
);
CREATE INDEX permissions_project ON permissions (project_no);

CREATE TABLE project_tags (
    project_no BIGINT NOT NULL,
    tag        TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (project_no, tag)
);

CREATE TABLE project_properties (
    project_no BIGINT NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    value      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (project_no, name)
);

-- Folders as a tree: the path of a folder is not part of what is below it.
CREATE TABLE folders (
    no         BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    project_no BIGINT NOT NULL, -- the project may be removed
    parent     BIGINT NOT NULL, -- number of the folder that it is in; 0: a root; -no: removed
    name       TEXT COLLATE "C" NOT NULL -- empty for a root
);
CREATE UNIQUE INDEX folders_place ON folders (project_no, parent, name);
CREATE INDEX folders_removed ON folders (no) WHERE parent < 0;

-- Folders of each project without its root, and projects and folders of each payer.
CREATE TABLE folder_counts (
    project_no BIGINT PRIMARY KEY,
    folders    BIGINT NOT NULL
);
CREATE TABLE payer_counts (
    payer    TEXT COLLATE "C" PRIMARY KEY,
    projects BIGINT NOT NULL,
    folders  BIGINT NOT NULL
);

-- They count by statement, not by row: many changes of one row in one transaction take
-- a time that grows with their square.
CREATE FUNCTION projects_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO folder_counts SELECT no, 0 FROM changed;
    INSERT INTO payer_counts AS c SELECT bill_to, COUNT(*), 0 FROM changed GROUP BY bill_to
        ON CONFLICT (payer) DO UPDATE SET projects = c.projects + excluded.projects;
    RETURN NULL;
END $$;
CREATE TRIGGER projects_inserted AFTER INSERT ON projects
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION projects_inserted();

CREATE FUNCTION project_transferred() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved BIGINT := (SELECT folders FROM folder_counts WHERE project_no = NEW.no);
BEGIN
    UPDATE payer_counts SET projects = projects - 1, folders = folders - moved WHERE payer = OLD.bill_to;
    INSERT INTO payer_counts AS c VALUES (NEW.bill_to, 1, moved)
        ON CONFLICT (payer) DO UPDATE SET projects = c.projects + 1, folders = c.folders + excluded.folders;
    RETURN NULL;
END $$;
CREATE TRIGGER project_transferred AFTER UPDATE OF bill_to ON projects FOR EACH ROW
    WHEN (NEW.bill_to <> OLD.bill_to) EXECUTE FUNCTION project_transferred();

CREATE FUNCTION project_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE payer_counts SET projects = projects - 1,
        folders = folders - (SELECT c.folders FROM folder_counts c WHERE c.project_no = OLD.no) WHERE payer = OLD.bill_to;
    DELETE FROM folder_counts WHERE project_no = OLD.no;
    RETURN NULL;
END $$;
CREATE TRIGGER project_deleted AFTER DELETE ON projects FOR EACH ROW EXECUTE FUNCTION project_deleted();

CREATE FUNCTION folders_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sign BIGINT := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    UPDATE folder_counts c SET folders = c.folders + sign * of.n
        FROM (SELECT project_no, COUNT(*) AS n FROM changed WHERE name <> '' GROUP BY project_no) of
        WHERE c.project_no = of.project_no;
    UPDATE payer_counts c SET folders = c.folders + sign * of.n
        FROM (SELECT p.bill_to, COUNT(*) AS n FROM changed JOIN projects p ON p.no = changed.project_no
            WHERE changed.name <> '' GROUP BY p.bill_to) of
        WHERE c.payer = of.bill_to;
    RETURN NULL;
END $$;
CREATE TRIGGER folders_inserted AFTER INSERT ON folders
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION folders_changed();
CREATE TRIGGER folders_deleted AFTER DELETE ON folders
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION folders_changed();

-- What was made by requests that may be sent twice.
CREATE TABLE nonces (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    nonce   TEXT COLLATE "C" NOT NULL,
    input   TEXT COLLATE "C" NOT NULL, -- sha256 of the rest of the request
    made    TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (user_id, nonce)
);
CREATE INDEX nonces_age ON nonces (created);

CREATE TABLE audit (
    no         BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    time       BIGINT NOT NULL,
    actor      TEXT COLLATE "C" NOT NULL,
    subject    TEXT COLLATE "C" NOT NULL,
    action     TEXT COLLATE "C" NOT NULL,
    result     TEXT COLLATE "C" NOT NULL,
    factor     TEXT COLLATE "C" NOT NULL,
    address    TEXT COLLATE "C" NOT NULL,
    user_agent TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C" NOT NULL
);

-- What belongs to the store as a whole.
CREATE TABLE meta (
    name  TEXT COLLATE "C" PRIMARY KEY,
    value BYTEA NOT NULL
);
