-- schema.sql - checkout's orders; owned by the role checkout.
CREATE TABLE IF NOT EXISTS orders (
    key             text    PRIMARY KEY,  -- the order's id
    state           integer NOT NULL,     -- enum checkout_state
    part            integer NOT NULL,     -- partition of the key
    user_id         text    NOT NULL,     -- while it is unwanted: all who cancelled it, each on a line
    placed          bytea   NOT NULL,     -- the frozen Order in Avro; empty until it is placed
    reason          integer NOT NULL,     -- enum cancel_reason
    detail          text    NOT NULL,
    carrier         text    NOT NULL,
    tracking_number text    NOT NULL
) WITH (fillfactor = 70);
