-- Statements name a flag as a condition, without comparing it, which every engine reads.
DROP INDEX memberships_accepted;
CREATE INDEX memberships_accepted ON memberships (user_id, org_id) WHERE accepted;
