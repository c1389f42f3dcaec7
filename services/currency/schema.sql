-- schema.sql - the rates that currency has told; owned by the role currency.
CREATE TABLE IF NOT EXISTS currency (
    key     text    PRIMARY KEY,  -- the base: EUR
    state   integer NOT NULL,     -- enum currency_state
    part    integer NOT NULL,     -- partition of the key
    version bigint  NOT NULL CHECK (version >= 0),
    rates   bytea   NOT NULL,     -- the last RatesUpdated in Avro, its version 0
    held    bytea   NOT NULL,     -- the last offers that were not believed, RatesFetched in Avro; empty: none
    in_vain integer NOT NULL      -- questions to the bank since its last usable answer
);
