-- When the user last signed in with an identity; NULL: never, or before this column was there.
ALTER TABLE identities ADD COLUMN used BIGINT;
