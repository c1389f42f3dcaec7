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
    on_hand      bigint  NOT NULL,     -- never below 0: product_shelf
    version      bigint  NOT NULL,
    shown_stock  integer NOT NULL,     -- what the last ProductUpdated said
    shown_left   integer NOT NULL,
    seen_version bigint  NOT NULL      -- the greatest that came back from product.state
) WITH (fillfactor = 20);  -- few rows, changed by every order

-- Nobody gets what is not there. Only while a state is folded pieces may leave before they come: the topics that tell of both
-- are in no order. At the end of each transaction.
CREATE OR REPLACE FUNCTION product_shelf() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM claim WHERE rebuilding) AND EXISTS (SELECT FROM product WHERE key = NEW.key AND on_hand < 0) THEN
        RAISE check_violation USING MESSAGE = format('less than nothing would be on hand of %s', NEW.key);
    END IF;
    RETURN NULL;
END $$;

DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'product'::regclass AND tgname = 'product_shelf') THEN
        ALTER TABLE product DROP CONSTRAINT IF EXISTS product_on_hand_check;
        CREATE CONSTRAINT TRIGGER product_shelf AFTER INSERT OR UPDATE ON product DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW WHEN (NEW.on_hand < 0) EXECUTE FUNCTION product_shelf();
    END IF;
END $$;

CREATE TABLE IF NOT EXISTS reservation (
    key   text    PRIMARY KEY,  -- order id
    state integer NOT NULL,     -- enum reservation_state
    part  integer NOT NULL,
    lines text    NOT NULL      -- "2 6E92ZMYYFZ" a line
);
