-- An org has power over a member only if it created the account, or if the member
-- accepted it. Nobody was asked before this migration.
ALTER TABLE memberships ADD COLUMN accepted INTEGER NOT NULL DEFAULT 0;
UPDATE memberships SET accepted = 1
    WHERE org_id = (SELECT provisioning_org FROM users WHERE id = memberships.user_id);
-- Every request looks for these; the other memberships of a user cost it nothing.
CREATE INDEX memberships_accepted ON memberships (user_id, org_id) WHERE accepted = 1;
