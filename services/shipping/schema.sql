-- schema.sql - shipping's parcels and the carriers' prices; owned by the role shipping.
CREATE TABLE IF NOT EXISTS parcels (
    key             text    PRIMARY KEY,  -- the order's id
    state           integer NOT NULL,     -- enum shipping_state
    part            integer NOT NULL,     -- partition of the key
    charged         boolean NOT NULL,
    confirmed       boolean NOT NULL,
    address         bytea   NOT NULL,     -- Sealed in Avro, never plaintext; empty once it was read
    attempts        integer NOT NULL,
    tracking_number text    NOT NULL
) WITH (fillfactor = 70);
CREATE TABLE IF NOT EXISTS tariffs (
    key     text    PRIMARY KEY,  -- the carrier
    state   integer NOT NULL,     -- enum tariff_state
    part    integer NOT NULL,     -- partition of the key
    version bigint  NOT NULL CHECK (version >= 0),
    prices  bytea   NOT NULL      -- the last TariffUpdated in Avro, its version 0
);
