-- What may be done with the data of a project, and how often it was updated.
ALTER TABLE projects ADD COLUMN protected           INTEGER NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN restricted          INTEGER NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN download_restricted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN preview_restricted  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN upload_restricted   INTEGER NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN ui_view_only        INTEGER NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN results_restricted  BIGINT;
ALTER TABLE projects ADD COLUMN executables         TEXT NOT NULL DEFAULT 'null'; -- JSON
ALTER TABLE projects ADD COLUMN version             BIGINT NOT NULL DEFAULT 0;

-- What the projects' own columns say, in a form to look for.
CREATE TABLE project_tags (
    project_no BIGINT NOT NULL REFERENCES projects (no) ON DELETE CASCADE,
    tag        TEXT NOT NULL,
    PRIMARY KEY (project_no, tag)
) WITHOUT ROWID;
INSERT INTO project_tags SELECT DISTINCT p.no, t.value FROM projects p, json_each(p.tags) t WHERE t.value IS NOT NULL;

CREATE TABLE project_properties (
    project_no BIGINT NOT NULL REFERENCES projects (no) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    value      TEXT NOT NULL,
    PRIMARY KEY (project_no, name)
) WITHOUT ROWID;
INSERT INTO project_properties SELECT p.no, t.key, t.value FROM projects p, json_each(p.properties) t WHERE t.value IS NOT NULL;
