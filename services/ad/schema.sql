-- ad: campaigns with what was spent for them, and what visitors were shown last. Money in millionths of a US dollar.
CREATE TABLE IF NOT EXISTS ad (
    key                 text    PRIMARY KEY,  -- ad id
    state               integer NOT NULL,     -- enum ad_state
    part                integer NOT NULL,
    text                text    NOT NULL,
    product_id          text    NOT NULL,     -- where a click leads
    keywords            text    NOT NULL,     -- separated by commas
    categories          text    NOT NULL,
    weight              integer NOT NULL,
    from_ms             bigint  NOT NULL,
    until_ms            bigint  NOT NULL,
    daily_budget_micros bigint  NOT NULL,
    impression_micros   bigint  NOT NULL,
    click_micros        bigint  NOT NULL,
    session_cap         integer NOT NULL,
    share_ppm           integer NOT NULL,
    day                 bigint  NOT NULL,     -- days since 1970, UTC, of which ...
    spent_today_micros  bigint  NOT NULL CHECK (spent_today_micros >= 0),
    paced_ms            bigint  NOT NULL,
    paced_micros        bigint  NOT NULL,
    watched_ms          bigint  NOT NULL,
    demand_micros       bigint  NOT NULL,     -- an hour's, if every chance were taken
    impressions         bigint  NOT NULL,
    clicks              bigint  NOT NULL,
    spent_micros        bigint  NOT NULL,
    version             bigint  NOT NULL,
    told_impressions    bigint  NOT NULL,     -- what the last AdUpdated said
    told_clicks         bigint  NOT NULL,
    told_share_ppm      integer NOT NULL,
    seen_version        bigint  NOT NULL      -- the greatest that came back from ad.state
) WITH (fillfactor = 20);  -- few rows, changed by every impression
-- Until when what visitors saw is in the counts already: they are those of an AdUpdated of a life that was lost.
ALTER TABLE ad ADD COLUMN IF NOT EXISTS folded_ms bigint NOT NULL DEFAULT 0;

CREATE TABLE IF NOT EXISTS visitor (
    key   text    PRIMARY KEY,  -- session id
    state integer NOT NULL,     -- enum visitor_state
    part  integer NOT NULL,
    shown text    NOT NULL      -- the last 40 impressions, a line each
);
-- When they were last shown one: the row goes eight days later. Rows from before the column begin to count now.
ALTER TABLE visitor ADD COLUMN IF NOT EXISTS seen_ms bigint NOT NULL DEFAULT (extract(epoch FROM now()) * 1000)::bigint;
