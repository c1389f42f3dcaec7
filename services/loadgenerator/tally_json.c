/* tally_json.c - a tally on its way from a worker to the coordinator. Pure.
 *
 * A histogram is [sum, min, max, bucket, count, bucket, count, ...] with those buckets that are not empty. */
#include "services/loadgenerator/json.h"
#include "services/loadgenerator/tally.h"

static void write_histogram(const struct histogram *histogram, struct out *out)
{
    json_format(out, "[%" PRId64 ",%" PRId64 ",%" PRId64, histogram->sum_us, histogram->min_us, histogram->max_us);
    for (unsigned i = 0; histogram->count && i < HISTOGRAM_BUCKETS; i++)
        if (histogram->buckets[i])
            json_format(out, ",%u,%" PRIu64, i, histogram->buckets[i]);
    out_put(out, "]", 1);
}

static void write_line(const struct tally_line *line, struct out *out)
{
    json_format(out, "{\"kind\":%d,\"name\":", (int)line->kind);
    json_text(out, str_of(line->name));
    json_format(out, ",\"failed\":%" PRIu64 ",\"latency\":", line->failed);
    write_histogram(&line->latency, out);
    out_put_str(out, STR(",\"failures\":["));
    for (size_t i = 0; i < line->failure_count; i++) {
        json_format(out, "%s[", i ? "," : "");
        json_text(out, str_of(line->failures[i].sentence));
        json_format(out, ",%" PRIu64 "]", line->failures[i].count);
    }
    out_put_str(out, STR("]}"));
}

void tally_write(const struct tally *tally, struct out *out)
{
    bool first = true;

    out_put_str(out, STR("{\"counters\":["));
    for (int i = 0; i < TALLY_COUNTERS; i++)
        json_format(out, "%s%" PRIu64, i ? "," : "", tally->counters[i]);
    out_put_str(out, STR("],\"lines\":["));
    for (size_t i = 0; i < tally->line_count; i++) {
        const struct tally_line *line = tally->lines[i];

        if (line->latency.count == 0 && line->failed == 0)
            continue;
        if (!first)
            out_put(out, ",", 1);
        write_line(line, out);
        first = false;
    }
    out_put_str(out, STR("],\"all\":"));
    write_histogram(&tally->all, out);
    out_put_str(out, STR(",\"orders\":"));
    write_histogram(&tally->orders, out);
    out_put_str(out, STR(",\"late\":"));
    write_histogram(&tally->late, out);
    out_put(out, "}", 1);
}

/* A number that is not negative. */
static bool number_at(const json_t *array, size_t at, uint64_t *number)
{
    const json_t *element = json_array_get(array, at);

    if (!json_is_integer(element) || json_integer_value(element) < 0)
        return false;
    *number = (uint64_t)json_integer_value(element);
    return true;
}

static bool read_histogram(const json_t *array, struct histogram *into)
{
    struct histogram *read = calloc(1, sizeof(*read));
    uint64_t sum, least, most, bucket, count;
    bool good = number_at(array, 0, &sum) && number_at(array, 1, &least) && number_at(array, 2, &most);

    if (!read)
        abort();
    for (size_t i = 3; good && i < json_array_size(array); i += 2) {
        good = number_at(array, i, &bucket) && number_at(array, i + 1, &count) && bucket < HISTOGRAM_BUCKETS;
        if (good)
            histogram_add_bucket(read, (unsigned)bucket, count);
    }
    if (good) {
        read->sum_us = (int64_t)sum;
        read->min_us = (int64_t)least;
        read->max_us = (int64_t)most;
        histogram_merge(into, read);
    }
    free(read);
    return good;
}

static bool read_line(const json_t *object, struct tally *into)
{
    const char *name = json_string_value(json_object_get(object, "name"));
    json_int_t kind = json_integer_value(json_object_get(object, "kind"));
    json_int_t failed = json_integer_value(json_object_get(object, "failed"));
    const json_t *failures = json_object_get(object, "failures");
    struct tally_line *line;
    uint64_t count;

    if (!name || kind < TALLY_STEP || kind > TALLY_LOOK || failed < 0)
        return false;
    line = into->lines[tally_line(into, (enum tally_kind)kind, str_of(name))];
    line->failed += (uint64_t)failed;
    for (size_t i = 0; i < json_array_size(failures); i++) {
        const json_t *pair = json_array_get(failures, i);
        const char *sentence = json_string_value(json_array_get(pair, 0));

        if (!sentence || !number_at(pair, 1, &count))
            return false;
        tally_count_failure(line, sentence, count);
    }
    return read_histogram(json_object_get(object, "latency"), &line->latency);
}

bool tally_read(const json_t *root, struct tally *into)
{
    const json_t *counters = json_object_get(root, "counters"), *lines = json_object_get(root, "lines");
    uint64_t number;

    if (json_array_size(counters) != TALLY_COUNTERS)
        return false;
    for (size_t i = 0; i < TALLY_COUNTERS; i++) {
        if (!number_at(counters, i, &number))
            return false;
        into->counters[i] += number;
    }
    for (size_t i = 0; i < json_array_size(lines); i++)
        if (!read_line(json_array_get(lines, i), into))
            return false;
    return read_histogram(json_object_get(root, "all"), &into->all) &&
           read_histogram(json_object_get(root, "orders"), &into->orders) &&
           read_histogram(json_object_get(root, "late"), &into->late);
}
