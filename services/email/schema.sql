-- schema.sql - the mails that orders end with; owned by the role email.
CREATE TABLE IF NOT EXISTS mails (
    key         text    PRIMARY KEY,  -- the order's id
    state       integer NOT NULL,     -- enum email_state
    part        integer NOT NULL,     -- partition of the key
    kind        integer NOT NULL,     -- enum email_kind
    mail        bytea   NOT NULL,     -- SendEmail in Avro, addresses sealed; empty once it is decided
    asked_at_ms bigint  NOT NULL,
    attempts    integer NOT NULL
) WITH (fillfactor = 70);
