-- schema.sql - the audit's books; owned by the role audit.
CREATE TABLE IF NOT EXISTS books (
    key                text    PRIMARY KEY,  -- the order's id
    state              integer NOT NULL,     -- enum audit_state
    part               integer NOT NULL,     -- partition of the key
    asked_ms           bigint  NOT NULL,     -- struct ledger, from here ...
    placed             integer NOT NULL,
    rejected           integer NOT NULL,
    confirmed          integer NOT NULL,
    cancelled          integer NOT NULL,
    deadline_ms        bigint  NOT NULL,
    currency           text    NOT NULL,
    total_minor        bigint  NOT NULL,
    pieces             bigint  NOT NULL,
    charges            integer NOT NULL,
    charged_minor      bigint  NOT NULL,
    refunded_minor     bigint  NOT NULL,
    paid_in            text    NOT NULL,
    reserved           bigint  NOT NULL,
    released           bigint  NOT NULL,
    parcels            integer NOT NULL,
    recalls            integer NOT NULL,
    moves              integer NOT NULL,
    confirmation_mails integer NOT NULL,
    cancellation_mails integer NOT NULL,
    departure_mails    integer NOT NULL,     -- ... to here
    told               integer NOT NULL,     -- what was found and is not cleared: a set of 1 << enum audit_kind
    since_ms           bigint  NOT NULL,
    due_ms             bigint  NOT NULL
) WITH (fillfactor = 60);
-- Orders of before are as if these had not been heard of: nothing is found in them that was not found then.
ALTER TABLE books ADD COLUMN IF NOT EXISTS ended_ms       bigint  NOT NULL DEFAULT 0;
ALTER TABLE books ADD COLUMN IF NOT EXISTS declines       integer NOT NULL DEFAULT 0;
ALTER TABLE books ADD COLUMN IF NOT EXISTS voids          integer NOT NULL DEFAULT 0;
ALTER TABLE books ADD COLUMN IF NOT EXISTS mails_given_up integer NOT NULL DEFAULT 0;
CREATE INDEX IF NOT EXISTS books_told ON books (told) WHERE told <> 0;
CREATE TABLE IF NOT EXISTS stock (
    key      text    PRIMARY KEY,  -- the product's id
    state    integer NOT NULL,     -- enum audit_state
    part     integer NOT NULL,     -- partition of the key
    received bigint  NOT NULL,     -- pieces, here and below
    reserved bigint  NOT NULL,
    released bigint  NOT NULL,     -- on hand: received - reserved + released
    told     integer NOT NULL,
    since_ms bigint  NOT NULL,
    due_ms   bigint  NOT NULL
) WITH (fillfactor = 20);  -- few rows, changed by every order
