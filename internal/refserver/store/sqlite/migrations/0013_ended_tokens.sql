-- Of the tokens of a user that have ended, the first to end are forgotten first.
CREATE INDEX tokens_ended ON tokens (user_id, ended) WHERE ended IS NOT NULL;
