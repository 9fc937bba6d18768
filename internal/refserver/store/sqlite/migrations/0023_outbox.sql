-- E-mails that were not sent yet.
CREATE TABLE outbox (
    id        TEXT PRIMARY KEY,
    recipient TEXT NOT NULL,
    kind      TEXT NOT NULL,
    letter    BLOB NOT NULL,   -- sealed: it may have a code
    made      BIGINT NOT NULL,
    expires   BIGINT NOT NULL,
    next_try  BIGINT NOT NULL,
    attempts  BIGINT NOT NULL
);
CREATE INDEX outbox_next ON outbox (next_try, id);
CREATE INDEX outbox_age ON outbox (expires);
CREATE INDEX outbox_recipient ON outbox (lower(recipient));
