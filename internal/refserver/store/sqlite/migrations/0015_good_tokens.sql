-- Lists of tokens that work count and skip them in the index alone.
CREATE INDEX tokens_good ON tokens (user_id, signature, expires) WHERE ended IS NULL;
