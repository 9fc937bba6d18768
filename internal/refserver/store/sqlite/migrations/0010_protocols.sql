-- Over which protocol a token was made; '' for those of an older server.
ALTER TABLE tokens ADD COLUMN protocol TEXT NOT NULL DEFAULT '';
