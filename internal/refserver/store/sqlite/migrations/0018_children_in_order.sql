-- The tokens made with a token are read in slices, in the order of this index.
DROP INDEX tokens_active_children;
CREATE INDEX tokens_active_children ON tokens (parent, signature) WHERE parent IS NOT NULL AND ended IS NULL;
