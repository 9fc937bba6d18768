-- All times are milliseconds since 1970 in UTC; NULL or 0 means never.

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
);
CREATE UNIQUE INDEX users_email ON users (lower(email)) WHERE email <> '';

CREATE TABLE second_factors (
    user_id   TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    seed      BLOB NOT NULL, -- sealed
    last_step BIGINT NOT NULL
);

CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash    TEXT NOT NULL,
    used    BIGINT,
    PRIMARY KEY (user_id, hash)
);

-- One row for each key that has failures; see Rule in package identity.
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

CREATE TABLE tokens (
    signature     TEXT PRIMARY KEY, -- sha256 of the token, which itself is nowhere
    kind          TEXT NOT NULL,
    user_id       TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    label         TEXT NOT NULL,
    scope         TEXT NOT NULL, -- JSON
    parent        TEXT,
    created       BIGINT NOT NULL,
    authenticated BIGINT,
    expires       BIGINT NOT NULL,
    last_used     BIGINT NOT NULL,
    last_address  TEXT NOT NULL,
    client        TEXT NOT NULL,
    ended         BIGINT,
    end_reason    TEXT NOT NULL DEFAULT ''
);
CREATE INDEX tokens_user ON tokens (user_id, created);
CREATE INDEX tokens_parent ON tokens (parent) WHERE parent IS NOT NULL;

CREATE TABLE orgs (
    id          TEXT PRIMARY KEY,
    handle      TEXT NOT NULL,
    name        TEXT NOT NULL,
    auto_logout BIGINT NOT NULL, -- milliseconds; 0: the default
    phi_enabled INTEGER NOT NULL,
    created     BIGINT NOT NULL
);

CREATE TABLE memberships (
    org_id                    TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id                   TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    level                     TEXT NOT NULL,
    allow_billable_activities INTEGER NOT NULL,
    app_access                INTEGER NOT NULL,
    project_access            INTEGER NOT NULL,
    PRIMARY KEY (org_id, user_id)
);
CREATE INDEX memberships_user ON memberships (user_id);

-- The number orders projects by age and keeps the permissions small.
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
);
CREATE INDEX projects_name ON projects (name, no);

CREATE TABLE permissions (
    grantee    TEXT NOT NULL,
    project_no BIGINT NOT NULL REFERENCES projects (no) ON DELETE CASCADE,
    level      INTEGER NOT NULL,
    PRIMARY KEY (grantee, project_no)
) WITHOUT ROWID;
CREATE INDEX permissions_project ON permissions (project_no);

CREATE TABLE folders (
    project_no BIGINT NOT NULL REFERENCES projects (no) ON DELETE CASCADE,
    parent     TEXT NOT NULL, -- empty for the root
    path       TEXT NOT NULL,
    PRIMARY KEY (project_no, parent, path)
) WITHOUT ROWID;

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

-- What belongs to the store as a whole.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
);
