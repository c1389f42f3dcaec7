-- recommendation: what was bought and looked at together.
CREATE TABLE IF NOT EXISTS item (
    key        text    PRIMARY KEY,  -- product id
    state      integer NOT NULL,     -- enum item_state
    part       integer NOT NULL,
    seen       bigint  NOT NULL,     -- weight of the orders and visits that it was in
    neighbours text    NOT NULL,     -- "<weight> <error> <product id>" a line, heaviest first
    due        boolean NOT NULL,     -- its lists are about to be made anew
    version    bigint  NOT NULL,
    shown      bigint  NOT NULL,     -- digest of the lists that were said
    shown_seen bigint  NOT NULL
) WITH (fillfactor = 50);  -- changed by every order and every view

CREATE TABLE IF NOT EXISTS purchase (
    key   text    PRIMARY KEY,  -- order id
    state integer NOT NULL,     -- enum purchase_state
    part  integer NOT NULL
);

CREATE TABLE IF NOT EXISTS visit (
    key      text    PRIMARY KEY,  -- session id
    state    integer NOT NULL,     -- enum visit_state
    part     integer NOT NULL,
    products text    NOT NULL,     -- the last few different ones, newest first, a line each
    count    integer NOT NULL
) WITH (fillfactor = 70);
-- When something was last counted: the row goes eight days later. Rows from before the column begin to count now.
ALTER TABLE visit ADD COLUMN IF NOT EXISTS seen_ms bigint NOT NULL DEFAULT (extract(epoch FROM now()) * 1000)::bigint;
