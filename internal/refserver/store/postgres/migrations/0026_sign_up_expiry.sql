-- Until when the code of a sign-up works that was sent by e-mail; NULL: it has no end.
ALTER TABLE sign_ups ADD COLUMN made BIGINT;
ALTER TABLE sign_ups ADD COLUMN expires BIGINT;
