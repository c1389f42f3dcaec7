-- schema.sql - what the runtime keeps beside the rows of every service, in the service's own database.
--
-- All of it is written in the transaction of a step, so a message's effect, what it made the service say, and the
-- position behind it are committed together or not at all. Running this file again changes nothing.

-- Who steps: one row per kind of key and partition. A process that takes a partition raises its epoch; one that still
-- believes in an older epoch finds out in its next step, which then does not commit.
CREATE TABLE IF NOT EXISTS claim (
    kind    text    NOT NULL,           -- of key: order, user, product, ...
    part    integer NOT NULL,
    epoch   bigint  NOT NULL DEFAULT 0,
    tries   integer NOT NULL DEFAULT 0, -- claims since the last committed step: many mean a crash loop
    suspect text    NOT NULL DEFAULT '', -- what was about to be heard alone when the process last began a step
    PRIMARY KEY (kind, part)
);

-- Which replica a process is, where nobody tells it (APP_ORDINAL=lease): held until a time, and renewed before it.
CREATE TABLE IF NOT EXISTS replica (
    ordinal integer PRIMARY KEY,
    holder  text NOT NULL,        -- the process's name: that of its container
    token   text NOT NULL,        -- of this very process
    until   timestamptz NOT NULL
);

ALTER TABLE claim
    ADD COLUMN IF NOT EXISTS rebuilding boolean NOT NULL DEFAULT false, -- the log knows more than this database: nobody
                                                                        -- is asked, no deadline rings, until all is heard
    ADD COLUMN IF NOT EXISTS dropped    boolean NOT NULL DEFAULT false; -- a person has taken the state away: claim anew

-- How far each topic that the service itself writes is known: what stands there from next_offset on, and is not in the
-- outbox, was said by a life of which this database has no memory. No row: there was none when that was first counted.
CREATE TABLE IF NOT EXISTS said (
    topic       text    NOT NULL,
    part        integer NOT NULL,
    next_offset bigint  NOT NULL,
    PRIMARY KEY (topic, part)
);
ALTER TABLE said SET (fillfactor = 10);

-- How far each topic has been heard: the first offset that was not.
CREATE TABLE IF NOT EXISTS position (
    topic       text    NOT NULL,
    part        integer NOT NULL,
    next_offset bigint  NOT NULL,
    PRIMARY KEY (topic, part)
);

-- Message ids that were heard; older than eight days they are forgotten, and the rules' own states are the guard.
CREATE TABLE IF NOT EXISTS inbox (
    id       uuid PRIMARY KEY,
    heard_at timestamptz NOT NULL DEFAULT now()
);
-- Not heard by this database, but answered: what a message of our own that was adopted names as its cause, and itself.
ALTER TABLE inbox ADD COLUMN IF NOT EXISTS adopted boolean NOT NULL DEFAULT false;
CREATE INDEX IF NOT EXISTS inbox_heard_at ON inbox USING brin (heard_at);

-- What was said and is not yet known to be in Kafka. seq is the epoch in the upper 32 bits and a count in the lower: it
-- grows over all processes, and no two rows ever have the same.
CREATE TABLE IF NOT EXISTS outbox (
    id      uuid PRIMARY KEY,    -- ce-id
    kind    text    NOT NULL,    -- whose step said it: that claim's owner sends it
    part    integer NOT NULL,
    seq     bigint  NOT NULL,
    topic   text    NOT NULL,
    key     bytea   NOT NULL,
    value   bytea   NOT NULL,
    headers text    NOT NULL     -- lines "name: value", other bytes as %XX
);

-- Messages that are due at a time. One per type and key: a later one moves the earlier.
CREATE TABLE IF NOT EXISTS deadline (
    type        text    NOT NULL,
    key         text    NOT NULL,
    kind        text    NOT NULL, -- of the key
    part        integer NOT NULL,
    due_ms      bigint  NOT NULL, -- since 1970
    patient     boolean NOT NULL, -- only when everything written before due_ms has been heard
    cause       uuid    NOT NULL, -- the message that set it
    correlation uuid    NOT NULL,
    traceparent text    NOT NULL,
    PRIMARY KEY (type, key)
);
CREATE INDEX IF NOT EXISTS deadline_due ON deadline (kind, part, due_ms);

-- Messages that could be read and not be taken: of a type this version does not know, refused by a rule or by the
-- store, or behind such a one where order matters. A version that learns their type hears them again; a person says so
-- by setting again, or by asking for one to be dropped. What stands behind goes when all before it is gone.
CREATE TABLE IF NOT EXISTS parked (
    id        uuid PRIMARY KEY,  -- ce-id
    topic     text    NOT NULL,  -- empty for a deadline or an answer
    part      integer NOT NULL,
    at_offset bigint  NOT NULL,
    kind      text    NOT NULL,  -- of the claim that parked it
    key       bytea   NOT NULL,
    type      text    NOT NULL,
    value     bytea   NOT NULL,
    headers   text    NOT NULL,
    heard_ms  bigint  NOT NULL,  -- the record's time
    reason    text    NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    again     boolean NOT NULL DEFAULT false -- set by a person: hear it again, within seconds
);
ALTER TABLE parked ADD COLUMN IF NOT EXISTS again boolean NOT NULL DEFAULT false;
-- The order in which they came: that of their topic, and between topics that of arrival.
ALTER TABLE parked ADD COLUMN IF NOT EXISTS seq bigint GENERATED ALWAYS AS IDENTITY;
-- Nothing is wrong with it: it waits for one before it.
ALTER TABLE parked ADD COLUMN IF NOT EXISTS behind boolean NOT NULL DEFAULT false;
-- When it was last refused: a command's deadline counts from there.
ALTER TABLE parked ADD COLUMN IF NOT EXISTS tried_at timestamptz NOT NULL DEFAULT now();
-- Set by a person: take it out, unheard, and say that.
ALTER TABLE parked ADD COLUMN IF NOT EXISTS drop_reason text;
ALTER TABLE parked ADD COLUMN IF NOT EXISTS drop_by text NOT NULL DEFAULT '';
-- Heard again with nobody outside being asked: see replay.
ALTER TABLE parked ADD COLUMN IF NOT EXISTS fenced boolean NOT NULL DEFAULT false;
CREATE INDEX IF NOT EXISTS parked_key ON parked (kind, key, seq);

-- Ranges of the log that a person lets this service hear again: the owner of the partition sets its position back, and
-- what was heard before began_at counts as new from from_offset on and below to_offset. Between there and end_offset, where
-- the position stood, nothing is heard a second time.
CREATE TABLE IF NOT EXISTS replay (
    topic       text    NOT NULL,
    part        integer NOT NULL,
    kind        text    NOT NULL,            -- of its keys
    from_offset bigint  NOT NULL,
    to_offset   bigint  NOT NULL,
    end_offset  bigint  NOT NULL DEFAULT -1, -- known when it has begun
    effects     boolean NOT NULL,            -- asks of somebody outside are made
    asked_by    text    NOT NULL,
    asked_at    timestamptz NOT NULL DEFAULT now(),
    began_at    timestamptz,
    heard       bigint  NOT NULL DEFAULT 0,  -- messages that a rule heard again
    fenced      bigint  NOT NULL DEFAULT 0,  -- of them, those undone because they would have asked
    PRIMARY KEY (topic, part)
);

-- Rows that come and go by the thousand: cleaned soon and often, so that the tables stay small.
ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, fillfactor = 90);
ALTER TABLE deadline SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
ALTER TABLE position SET (fillfactor = 10);
ALTER TABLE claim SET (fillfactor = 10);
