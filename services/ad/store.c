/* store.c - how ads and visitors lie in Postgres. */
#include "services/ad/ad.h"

static const struct column ad_columns[] = {
    COLUMN(struct ad, text, COLUMN_TEXT),
    COLUMN(struct ad, product_id, COLUMN_TEXT),
    COLUMN(struct ad, keywords, COLUMN_TEXT),
    COLUMN(struct ad, categories, COLUMN_TEXT),
    COLUMN(struct ad, weight, COLUMN_INT),
    COLUMN(struct ad, from_ms, COLUMN_LONG),
    COLUMN(struct ad, until_ms, COLUMN_LONG),
    COLUMN(struct ad, daily_budget_micros, COLUMN_LONG),
    COLUMN(struct ad, impression_micros, COLUMN_LONG),
    COLUMN(struct ad, click_micros, COLUMN_LONG),
    COLUMN(struct ad, session_cap, COLUMN_INT),
    COLUMN(struct ad, share_ppm, COLUMN_INT),
    COLUMN(struct ad, day, COLUMN_LONG),
    COLUMN(struct ad, spent_today_micros, COLUMN_LONG),
    COLUMN(struct ad, paced_ms, COLUMN_LONG),
    COLUMN(struct ad, paced_micros, COLUMN_LONG),
    COLUMN(struct ad, watched_ms, COLUMN_LONG),
    COLUMN(struct ad, demand_micros, COLUMN_LONG),
    COLUMN(struct ad, impressions, COLUMN_LONG),
    COLUMN(struct ad, clicks, COLUMN_LONG),
    COLUMN(struct ad, spent_micros, COLUMN_LONG),
    COLUMN(struct ad, version, COLUMN_LONG),
    COLUMN(struct ad, told_impressions, COLUMN_LONG),
    COLUMN(struct ad, told_clicks, COLUMN_LONG),
    COLUMN(struct ad, told_share_ppm, COLUMN_INT),
    COLUMN(struct ad, seen_version, COLUMN_LONG),
    COLUMN(struct ad, folded_ms, COLUMN_LONG),
};

const struct table ad_table = {
    .name = "ad",
    .columns = ad_columns,
    .column_count = sizeof(ad_columns) / sizeof(ad_columns[0]),
    .row_size = sizeof(struct ad),
};

static const struct column visitor_columns[] = {
    COLUMN(struct visitor, shown, COLUMN_TEXT),
    COLUMN(struct visitor, seen_ms, COLUMN_LONG),
};

const struct table visitor_table = {
    .name = "visitor",
    .columns = visitor_columns,
    .column_count = sizeof(visitor_columns) / sizeof(visitor_columns[0]),
    .row_size = sizeof(struct visitor),
    .fades = "seen_ms",
};
