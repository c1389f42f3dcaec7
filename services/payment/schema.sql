-- payment: one row per order. Sealed cards stand in it only until the charge is answered.
CREATE TABLE IF NOT EXISTS payment (
    key            text    PRIMARY KEY,  -- order id, the acquirer's idempotency key
    state          integer NOT NULL,     -- enum payment_state
    part           integer NOT NULL,
    placed         boolean NOT NULL,
    reserved       boolean NOT NULL,
    pay_with_id    text    NOT NULL,
    cards          bytea   NOT NULL,     -- HeldCards: sealed, erased early
    amount_minor   bigint  NOT NULL,
    currency       text    NOT NULL,
    ordered_at_ms  bigint  NOT NULL,
    attempts       integer NOT NULL,
    transaction_id text    NOT NULL,
    refund_id      text    NOT NULL,
    charged_minor  bigint  NOT NULL CHECK (charged_minor >= 0),
    refunded_minor bigint  NOT NULL CHECK (refunded_minor >= 0 AND refunded_minor <= charged_minor)
) WITH (fillfactor = 70);
