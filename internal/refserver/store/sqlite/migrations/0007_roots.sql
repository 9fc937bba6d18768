-- A token that was made with others ends with the first of them, which may be a
-- session: its idle limit ends both.
ALTER TABLE tokens ADD COLUMN root TEXT; -- signature; NULL: made with no other token
UPDATE tokens SET root = (
    WITH RECURSIVE parents (signature, parent) AS (
        SELECT tokens.parent, (SELECT p.parent FROM tokens AS p WHERE p.signature = tokens.parent)
        UNION SELECT parents.parent, (SELECT p.parent FROM tokens AS p WHERE p.signature = parents.parent)
            FROM parents WHERE parents.parent IS NOT NULL)
    SELECT signature FROM parents WHERE parent IS NULL)
WHERE parent IS NOT NULL;

-- What was made with a session that has ended needs no search any more.
DROP INDEX tokens_children;
