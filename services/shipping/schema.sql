-- schema.sql - shipping's parcels and the carriers' prices; owned by the role shipping.
CREATE TABLE IF NOT EXISTS parcels (
    key             text    PRIMARY KEY,  -- the order's id
    state           integer NOT NULL,     -- enum shipping_state
    part            integer NOT NULL,     -- partition of the key
    charged         boolean NOT NULL,
    confirmed       boolean NOT NULL,
    address         bytea   NOT NULL,     -- OpenAddress in Avro, the address sealed; empty once it was read
    attempts        integer NOT NULL,
    carrier         text    NOT NULL,
    days            integer NOT NULL,
    moves_ms        bigint  NOT NULL,     -- when its next ParcelDue is expected; 0: none is
    tracking_number text    NOT NULL
) WITH (fillfactor = 70);
-- No two parcels of a carrier (the number begins with its letters) have one number.
CREATE UNIQUE INDEX IF NOT EXISTS parcels_tracking_number ON parcels (tracking_number) WHERE tracking_number <> '';
CREATE TABLE IF NOT EXISTS tariffs (
    key     text    PRIMARY KEY,  -- the carrier
    state   integer NOT NULL,     -- enum tariff_state
    part    integer NOT NULL,     -- partition of the key
    version bigint  NOT NULL CHECK (version >= 0),
    prices  bytea   NOT NULL      -- the last TariffUpdated in Avro, its version 0
);
