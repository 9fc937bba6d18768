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
