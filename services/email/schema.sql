-- schema.sql - the mails about orders; owned by the role email.
CREATE TABLE IF NOT EXISTS mails (
    key         text    PRIMARY KEY,  -- the order's id
    state       integer NOT NULL,     -- enum email_state
    part        integer NOT NULL,     -- partition of the key
    kind        integer NOT NULL,     -- enum email_kind: of the mail that the state is about
    mail        bytea   NOT NULL,     -- SendEmail in Avro, addresses sealed; empty once nothing more is to be written
    asked_at_ms bigint  NOT NULL,
    attempts    integer NOT NULL
) WITH (fillfactor = 70);

ALTER TABLE mails ADD COLUMN IF NOT EXISTS departed      boolean NOT NULL DEFAULT false;  -- the parcel is in transit,
ALTER TABLE mails ADD COLUMN IF NOT EXISTS days          integer NOT NULL DEFAULT 0;      -- for so many days yet
ALTER TABLE mails ADD COLUMN IF NOT EXISTS unpaid        boolean NOT NULL DEFAULT false;  -- nothing was charged
ALTER TABLE mails ADD COLUMN IF NOT EXISTS voided        boolean NOT NULL DEFAULT false;  -- and the bank has confirmed it
ALTER TABLE mails ADD COLUMN IF NOT EXISTS charged_minor bigint  NOT NULL DEFAULT 0;      -- 0 until that was heard
