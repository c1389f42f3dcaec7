-- schema.sql - the carts; owned by the role cart.
CREATE TABLE IF NOT EXISTS carts (
    key        text    PRIMARY KEY,  -- the shopper's id
    state      integer NOT NULL,     -- enum cart_state
    part       integer NOT NULL,     -- partition of the key
    version    bigint  NOT NULL,
    generation bigint  NOT NULL,
    answered   bigint  NOT NULL,     -- the offset behind the last command that was answered
    outcome    integer NOT NULL,     -- enum cart_outcome
    reason     text    NOT NULL,
    lines      text    NOT NULL,     -- '<quantity> <product id>' in lines
    commands   bytea   NOT NULL      -- ids of the last 64 commands, 16 bytes each
) WITH (fillfactor = 70);
ALTER TABLE carts
    ADD COLUMN IF NOT EXISTS changed_ms    bigint NOT NULL DEFAULT 0,   -- since then it lies idle
    ADD COLUMN IF NOT EXISTS ordering      bigint NOT NULL DEFAULT 0,   -- 1 + the generation whose order was placed
    ADD COLUMN IF NOT EXISTS left_behind   text   NOT NULL DEFAULT '',  -- lines that went out when it expired
    ADD COLUMN IF NOT EXISTS left_since_ms bigint NOT NULL DEFAULT 0;
