-- catalog: products with what is on hand of them, and what is set aside for orders.
CREATE TABLE IF NOT EXISTS product (
    key          text    PRIMARY KEY,  -- product id
    state        integer NOT NULL,     -- enum product_state
    part         integer NOT NULL,
    name         text    NOT NULL,
    description  text    NOT NULL,
    picture      text    NOT NULL,
    categories   text    NOT NULL,
    price_minor  bigint  NOT NULL,
    currency     text    NOT NULL,
    weight_grams integer NOT NULL,
    volume_cm3   integer NOT NULL,     -- packed; 0: not measured
    on_hand      bigint  NOT NULL CHECK (on_hand >= 0),
    version      bigint  NOT NULL,
    shown_stock  integer NOT NULL,     -- what the last ProductUpdated said
    shown_left   integer NOT NULL,
    seen_version bigint  NOT NULL      -- the greatest that came back from product.state
) WITH (fillfactor = 20);  -- few rows, changed by every order

CREATE TABLE IF NOT EXISTS reservation (
    key   text    PRIMARY KEY,  -- order id
    state integer NOT NULL,     -- enum reservation_state
    part  integer NOT NULL,
    lines text    NOT NULL      -- "2 6E92ZMYYFZ" a line
);
