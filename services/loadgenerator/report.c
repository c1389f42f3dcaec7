/* report.c - a run as JSON, as CSV and as a table. Pure. */
#include <time.h>

#include "services/loadgenerator/course.h"
#include "services/loadgenerator/json.h"

static const struct {
    const char *name;
    double share;
} percentiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"p999", 0.999}};

enum { PERCENTILES = sizeof(percentiles) / sizeof(percentiles[0]) };

static double ms(int64_t us)
{
    return (double)us / 1000;
}

/* --- JSON ------------------------------------------------------------------------------------------------------------------- */

static void put_histogram(const struct histogram *histogram, struct out *out)
{
    json_format(out, "{\"count\":%" PRIu64 ",\"mean_ms\":%.3f", histogram->count, ms(histogram_mean(histogram)));
    for (size_t i = 0; i < PERCENTILES; i++)
        json_format(out, ",\"%s_ms\":%.3f", percentiles[i].name,
                    ms(histogram_percentile(histogram, percentiles[i].share)));
    json_format(out, ",\"max_ms\":%.3f}", ms(histogram->count ? histogram->max_us : 0));
}

static void put_counters(const uint64_t *counters, struct out *out)
{
    for (int i = 0; i < TALLY_COUNTERS; i++)
        json_format(out, "%s\"%s\":%" PRIu64, i ? "," : "", tally_counter_name((enum tally_counter)i), counters[i]);
}

static void put_line(const struct tally_line *line, struct out *out)
{
    out_put_str(out, STR("{\"name\":"));
    json_text(out, str_of(line->name));
    json_format(out, ",\"kind\":\"%s\",\"failed\":%" PRIu64 ",\"latency\":", tally_kind_name(line->kind), line->failed);
    put_histogram(&line->latency, out);
    out_put_str(out, STR(",\"failures\":["));
    for (size_t i = 0; i < line->failure_count; i++) {
        out_put_str(out, i ? STR(",{\"why\":") : STR("{\"why\":"));
        json_text(out, str_of(line->failures[i].sentence));
        json_format(out, ",\"count\":%" PRIu64 "}", line->failures[i].count);
    }
    out_put_str(out, STR("]}"));
}

static void put_point(const struct point *point, struct out *out)
{
    json_format(out,
                "{\"at_ms\":%" PRId64 ",\"level\":%.2f,\"users\":%zu,\"waiting\":%zu,\"orders_open\":%zu,"
                "\"p50_ms\":%.3f,\"p95_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,",
                point->at_ms, point->level, point->users, point->waiting, point->orders_open, ms(point->p50_us),
                ms(point->p95_us), ms(point->p99_us), ms(point->max_us));
    put_counters(point->counters, out);
    out_put(out, "}", 1);
}

static void put_workers(const struct course *course, struct out *out)
{
    static const char *const states[] = {"joined", "ready", "done", "lost"};

    out_put_str(out, STR("\"workers\":["));
    for (size_t i = 0; i < course->worker_count; i++) {
        const struct course_worker *worker = &course->workers[i];

        json_format(out, "%s{\"name\":\"%s\",\"state\":\"%s\",\"remote\":%s,\"users\":%zu,\"orders_open\":%zu}",
                    i ? "," : "", worker->name, states[worker->state], worker->remote ? "true" : "false", worker->users,
                    worker->orders_open);
    }
    out_put_str(out, STR("],"));
}

static void put_state(const struct course *course, struct out *out)
{
    struct course_worker sum = course_sum(course);

    json_format(out, "\"phase\":\"%s\",\"because\":", course_phase_name(course->phase));
    json_text(out, str_of(course->because));
    out_put_str(out, STR(",\"target\":"));
    json_text(out, str_of(course->target));
    out_put_str(out, STR(",\"journeys\":"));
    json_text(out, str_of(course->journeys));
    json_format(out,
                ",\"began_ms\":%" PRId64 ",\"elapsed_ms\":%" PRId64 ",\"planned_ms\":%" PRId64
                ",\"load\":\"%s\",\"level\":%.2f,\"held\":%s,\"most\":%.0f,"
                "\"users\":%zu,\"busy\":%zu,\"waiting\":%zu,\"orders_open\":%zu,",
                course->began_wall_ms, course->elapsed_ms, ramp_length_ms(&course->ramp),
                course->ramp.open ? "rate" : "users", course_level(course), course->held ? "true" : "false",
                course_most(course), sum.users, sum.busy, sum.waiting, sum.orders_open);
}

void course_json(const struct course *course, size_t first, struct out *out)
{
    const struct tally *total = &course->total;

    out_put(out, "{", 1);
    put_state(course, out);
    put_workers(course, out);
    out_put_str(out, STR("\"totals\":{"));
    put_counters(total->counters, out);
    out_put_str(out, STR("},\"latency\":"));
    put_histogram(&total->all, out);
    out_put_str(out, STR(",\"order_time\":"));
    put_histogram(&total->orders, out);
    out_put_str(out, STR(",\"sent_late\":"));
    put_histogram(&total->late, out);
    out_put_str(out, STR(",\"lines\":["));
    for (size_t i = 0; i < total->line_count; i++) {
        if (i)
            out_put(out, ",", 1);
        put_line(total->lines[i], out);
    }
    json_format(out, "],\"first_point\":%zu,\"points\":[", first);
    for (size_t i = first; i < course->point_count; i++) {
        if (i > first)
            out_put(out, ",", 1);
        put_point(&course->points[i], out);
    }
    out_put_str(out, STR("]}\n"));
}

/* --- CSV -------------------------------------------------------------------------------------------------------------------- */

/* A text cell: quoted, its quotes doubled, and no formula for a spreadsheet. */
static void put_cell(struct str text, struct out *out)
{
    out_put(out, "\"", 1);
    if (text.len && strchr("=+-@", *text.ptr))
        out_put(out, "'", 1);
    for (size_t i = 0; i < text.len; i++)
        out_put(out, text.ptr[i] == '"' ? "\"\"" : text.ptr + i, text.ptr[i] == '"' ? 2 : 1);
    out_put(out, "\"", 1);
}

static void put_row(struct str name, const char *kind, const struct histogram *latency, uint64_t failed,
                    struct out *out)
{
    put_cell(name, out);
    json_format(out, ",%s,%" PRIu64 ",%" PRIu64 ",%.3f", kind, latency->count + failed, failed,
                ms(histogram_mean(latency)));
    for (size_t i = 0; i < PERCENTILES; i++)
        json_format(out, ",%.3f", ms(histogram_percentile(latency, percentiles[i].share)));
    json_format(out, ",%.3f\r\n", ms(latency->count ? latency->max_us : 0));
}

void course_csv(const struct course *course, struct out *out)
{
    const struct tally *total = &course->total;

    out_put_str(out, STR("name,kind,count,failed,mean_ms,p50_ms,p90_ms,p95_ms,p99_ms,p999_ms,max_ms\r\n"));
    for (size_t i = 0; i < total->line_count; i++) {
        const struct tally_line *line = total->lines[i];

        put_row(str_of(line->name), tally_kind_name(line->kind), &line->latency, line->failed, out);
    }
    put_row(STR("all steps"), "sum", &total->all, total->counters[TALLY_STEPS] - total->all.count, out);
    put_row(STR("orders, to their end"), "sum", &total->orders, total->counters[TALLY_UNKNOWN], out);
    put_row(STR("sent later than meant"), "sum", &total->late, 0, out);
}

void course_series_csv(const struct course *course, struct out *out)
{
    out_put_str(out, STR("at_ms,level,users,waiting,orders_open,p50_ms,p95_ms,p99_ms,max_ms"));
    for (int i = 0; i < TALLY_COUNTERS; i++)
        json_format(out, ",%s", tally_counter_name((enum tally_counter)i));
    out_put_str(out, STR("\r\n"));
    for (size_t i = 0; i < course->point_count; i++) {
        const struct point *point = &course->points[i];

        json_format(out, "%" PRId64 ",%.2f,%zu,%zu,%zu,%.3f,%.3f,%.3f,%.3f", point->at_ms, point->level, point->users,
                    point->waiting, point->orders_open, ms(point->p50_us), ms(point->p95_us), ms(point->p99_us),
                    ms(point->max_us));
        for (int j = 0; j < TALLY_COUNTERS; j++)
            json_format(out, ",%" PRIu64, point->counters[j]);
        out_put_str(out, STR("\r\n"));
    }
}

/* --- a table ---------------------------------------------------------------------------------------------------------------- */

static void put_table_row(const char *name, const struct histogram *latency, uint64_t failed, struct out *out)
{
    json_format(out, "%-36.36s %8" PRIu64 " %7" PRIu64 " %9.1f %9.1f %9.1f %9.1f\n", name, latency->count + failed,
                failed, ms(histogram_percentile(latency, 0.5)), ms(histogram_percentile(latency, 0.95)),
                ms(histogram_percentile(latency, 0.99)), ms(latency->count ? latency->max_us : 0));
}

static void put_failures(const struct tally *total, struct out *out)
{
    for (size_t i = 0; i < total->line_count; i++)
        for (size_t j = 0; total->lines[i]->kind != TALLY_JOURNEY && j < total->lines[i]->failure_count; j++)
            json_format(out, "  %6" PRIu64 " x  %s: %s\n", total->lines[i]->failures[j].count, total->lines[i]->name,
                        total->lines[i]->failures[j].sentence);
}

void course_text(const struct course *course, struct out *out)
{
    const struct tally *total = &course->total;
    const uint64_t *n = total->counters;
    double seconds = course->elapsed_ms ? (double)course->elapsed_ms / 1000 : 1;

    json_format(out, "\n%s, %.0f s: %s\n\n%-36s %8s %7s %9s %9s %9s %9s\n", course->target, seconds, course->because,
                "", "count", "failed", "p50 ms", "p95", "p99", "max");
    for (size_t i = 0; i < total->line_count; i++)
        if (total->lines[i]->kind != TALLY_JOURNEY)
            put_table_row(total->lines[i]->name, &total->lines[i]->latency, total->lines[i]->failed, out);
    put_table_row("all steps", &total->all, n[TALLY_STEPS] - total->all.count, out);
    put_table_row("orders, to their end", &total->orders, n[TALLY_UNKNOWN], out);
    json_format(out,
                "\n%.1f steps a second; %" PRIu64 " HTTP exchanges, %" PRIu64 " connections, %" PRIu64
                " repeats; sent later than meant: p99 %.1f ms\n",
                (double)n[TALLY_STEPS] / seconds, n[TALLY_EXCHANGES], n[TALLY_CONNECTIONS], n[TALLY_REPEATED],
                ms(histogram_percentile(&total->late, 0.99)));
    json_format(out,
                "%" PRIu64 " orders accepted: %" PRIu64 " confirmed, %" PRIu64 " cancelled, %" PRIu64
                " rejected, %" PRIu64 " unknown; %" PRIu64 " visitors never got in\n",
                n[TALLY_ACCEPTED], n[TALLY_CONFIRMED], n[TALLY_CANCELLED], n[TALLY_REJECTED], n[TALLY_UNKNOWN],
                n[TALLY_NEVER_BEGUN]);
    json_format(out, "%" PRIu64 " failed\n", n[TALLY_FAILED]);
    put_failures(total, out);
}
