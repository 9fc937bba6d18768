-- A page of a user's orgs is read in the order of this index.
DROP INDEX memberships_user;
CREATE INDEX memberships_user ON memberships (user_id, org_id);
