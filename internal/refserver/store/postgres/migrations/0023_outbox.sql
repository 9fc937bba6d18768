-- E-mails that were not sent yet.
CREATE TABLE outbox (
    id        TEXT COLLATE "C" PRIMARY KEY,
    recipient TEXT COLLATE "C" NOT NULL,
    kind      TEXT COLLATE "C" NOT NULL,
    letter    BYTEA NOT NULL,   -- sealed: it may have a code
    made      BIGINT NOT NULL,
    expires   BIGINT NOT NULL,
    next_try  BIGINT NOT NULL,
    attempts  BIGINT NOT NULL
);
CREATE INDEX outbox_next ON outbox (next_try, id);
CREATE INDEX outbox_age ON outbox (expires);
CREATE INDEX outbox_recipient ON outbox (lower(recipient));
