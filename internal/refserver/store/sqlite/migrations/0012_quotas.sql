-- What one user, project or org can have is limited (package quota), and removing a
-- folder or a project changes a few rows, whatever is in it. The rest is deleted
-- afterwards, a few rows at a time.

-- Folders as a tree: the path of a folder is not part of what is below it.
CREATE TABLE old_folders AS
    SELECT row_number() OVER (ORDER BY project_no, path) AS no, project_no, parent, path FROM folders;
CREATE INDEX old_folders_path ON old_folders (project_no, path);
DROP TABLE folders;
CREATE TABLE folders (
    no         INTEGER PRIMARY KEY,
    project_no BIGINT NOT NULL, -- the project may be removed
    parent     BIGINT NOT NULL, -- number of the folder that it is in; 0: a root; -no: removed
    name       TEXT NOT NULL    -- empty for a root
);
INSERT INTO folders SELECT no, project_no,
        COALESCE((SELECT p.no FROM old_folders p WHERE p.project_no = f.project_no AND p.path = f.parent), 0),
        CASE WHEN parent = '' THEN '' WHEN parent = '/' THEN substr(path, 2) ELSE substr(path, length(parent) + 2) END
    FROM old_folders f;
DROP TABLE old_folders;
CREATE UNIQUE INDEX folders_place ON folders (project_no, parent, name);
CREATE INDEX folders_removed ON folders (no) WHERE parent < 0;

-- What belonged to a project stays until its turn; so these tables lose their
-- ON DELETE CASCADE.
CREATE TABLE permissions_new (
    grantee    TEXT NOT NULL,
    project_no BIGINT NOT NULL,
    level      INTEGER NOT NULL,
    PRIMARY KEY (grantee, project_no)
) WITHOUT ROWID;
INSERT INTO permissions_new SELECT grantee, project_no, level FROM permissions;
DROP TABLE permissions;
ALTER TABLE permissions_new RENAME TO permissions;
CREATE INDEX permissions_project ON permissions (project_no);

CREATE TABLE project_tags_new (
    project_no BIGINT NOT NULL,
    tag        TEXT NOT NULL,
    PRIMARY KEY (project_no, tag)
) WITHOUT ROWID;
INSERT INTO project_tags_new SELECT project_no, tag FROM project_tags;
DROP TABLE project_tags;
ALTER TABLE project_tags_new RENAME TO project_tags;

CREATE TABLE project_properties_new (
    project_no BIGINT NOT NULL,
    name       TEXT NOT NULL,
    value      TEXT NOT NULL,
    PRIMARY KEY (project_no, name)
) WITHOUT ROWID;
INSERT INTO project_properties_new SELECT project_no, name, value FROM project_properties;
DROP TABLE project_properties;
ALTER TABLE project_properties_new RENAME TO project_properties;

-- Numbers of removed projects of which something is left. They are not used again.
CREATE TABLE removed_projects (no INTEGER PRIMARY KEY);

-- Folders of each project without its root, and projects and folders of each payer:
-- counting them takes too long for every request that adds one.
CREATE TABLE folder_counts (
    project_no INTEGER PRIMARY KEY,
    folders    BIGINT NOT NULL
);
INSERT INTO folder_counts SELECT no, (SELECT COUNT(*) FROM folders WHERE project_no = p.no AND name <> '') FROM projects p;
CREATE TABLE payer_counts (
    payer    TEXT PRIMARY KEY,
    projects BIGINT NOT NULL,
    folders  BIGINT NOT NULL
) WITHOUT ROWID;
INSERT INTO payer_counts SELECT bill_to, COUNT(*), SUM(folders)
    FROM projects JOIN folder_counts ON project_no = no GROUP BY bill_to;

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

-- Who made an org or an account; empty: not known, or the administrators of the platform.
ALTER TABLE orgs ADD COLUMN created_by TEXT NOT NULL DEFAULT '';
CREATE INDEX orgs_creator ON orgs (created_by) WHERE created_by <> '';
ALTER TABLE users ADD COLUMN created_by TEXT NOT NULL DEFAULT '';
CREATE INDEX users_creator ON users (created_by) WHERE created_by <> '';
