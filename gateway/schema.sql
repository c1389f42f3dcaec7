-- schema.sql - who has an account, and where they are signed in. Not folded from any topic: this is the source.

-- A mail address is kept twice, both worth nothing without the gateway's key: hashed to find it, sealed to show it.
CREATE TABLE IF NOT EXISTS account (
    user_id     uuid        PRIMARY KEY,
    mail_hash   text        NOT NULL UNIQUE, -- HMAC-SHA256 of the address in lower case
    mail_sealed text        NOT NULL,        -- AES-256-GCM, bound to user_id
    password    text        NOT NULL,        -- "scrypt$<log2 N>$<r>$<p>$<salt>$<hash>"
    made_at     timestamptz NOT NULL DEFAULT now(),
    password_at timestamptz NOT NULL DEFAULT now()
);

-- One row per browser that is signed in. What the browser holds is not here, only its SHA-256.
CREATE TABLE IF NOT EXISTS session (
    token_hash text        PRIMARY KEY,
    user_id    uuid        NOT NULL REFERENCES account ON DELETE CASCADE,
    begun_at   timestamptz NOT NULL DEFAULT now(),
    seen_at    timestamptz NOT NULL DEFAULT now() -- noted now and then, not at each page
);
CREATE INDEX IF NOT EXISTS session_user_id ON session (user_id);
CREATE INDEX IF NOT EXISTS session_seen_at ON session (seen_at);

-- Carts of browsers that signed in, not yet taken over into the account's. A row goes when Kafka has acknowledged the command.
CREATE TABLE IF NOT EXISTS merge_due (
    from_user_id uuid        NOT NULL,
    user_id      uuid        NOT NULL REFERENCES account ON DELETE CASCADE,
    mark         text        NOT NULL, -- the browser's last command for that cart, "<offset>.<id>", or empty
    due_since    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (from_user_id, user_id)
);
CREATE INDEX IF NOT EXISTS merge_due_due_since ON merge_due (due_since);
