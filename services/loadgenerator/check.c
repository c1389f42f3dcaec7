/* check.c - looking at answers. Pure. */
#include "services/loadgenerator/check.h"

static bool has(struct str body, struct str text)
{
    return text.len == 0 || (body.len && memmem(body.ptr, body.len, text.ptr, text.len) != NULL);
}

static struct str filled(const struct values *values, const struct pattern *pattern, struct out *scratch)
{
    out_clear(scratch);
    values_put(values, pattern, VALUES_PLAIN, scratch);
    return out_str(scratch);
}

/* What a page is called, so that the sentence tells which one came instead. */
static struct str title_of(struct str body)
{
    const char *begin = body.len ? memmem(body.ptr, body.len, "<h1", 3) : NULL;
    const char *end;
    size_t left;

    if (!begin || !(begin = memchr(begin, '>', body.len - (size_t)(begin - body.ptr))))
        return (struct str){NULL, 0};
    left = body.len - (size_t)(++begin - body.ptr);
    end = left ? memchr(begin, '<', left) : NULL;
    return end && end - begin < 60 ? (struct str){begin, (size_t)(end - begin)} : (struct str){NULL, 0};
}

static bool take(const struct step *step, struct str body, struct values *values, struct err *why)
{
    for (size_t i = 0; i < step->taking_count; i++) {
        const struct taking *taking = &step->takings[i];
        const char *begin = body.len ? memmem(body.ptr, body.len, taking->before.ptr, taking->before.len) : NULL;
        const char *end = NULL;
        size_t at;

        if (begin) {
            at = (size_t)(begin - body.ptr) + taking->before.len;
            begin = body.ptr + at;
            end = at < body.len ? memmem(begin, body.len - at, taking->after.ptr, taking->after.len) : NULL;
        }
        if (end && values_keep(values, taking->variable, (struct str){begin, (size_t)(end - begin)}))
            continue;
        err_set(why, ST_REJECT, "nothing to take behind \"" STR_FMT "\"", STR_ARG(taking->before));
        return false;
    }
    return true;
}

/* A landing is the path without its query, unless the file names one. */
static bool landed(struct str path, struct str wanted)
{
    const char *query = path.len ? memchr(path.ptr, '?', path.len) : NULL;

    if (query && !(wanted.len && memchr(wanted.ptr, '?', wanted.len)))
        path.len = (size_t)(query - path.ptr);
    return str_equal(path, wanted);
}

bool check_step(const struct step *step, const struct arrival *arrival, struct values *values, struct out *scratch,
                struct err *why)
{
    struct str title;

    if (arrival->status != step->status) {
        title = title_of(arrival->body);
        if (arrival->status == 429) {
            err_set(why, ST_REJECT, "the shop's limit is reached (status 429)%s" STR_FMT, title.len ? ": " : "",
                    STR_ARG(title));
            return false;
        }
        err_set(why, ST_REJECT, "status %u instead of %u%s" STR_FMT, arrival->status, step->status,
                title.len ? ": " : "", STR_ARG(title));
        return false;
    }
    if (step->lands.count && !landed(arrival->path, filled(values, &step->lands, scratch))) {
        title = title_of(arrival->body);
        err_set(why, ST_REJECT, "it does not lead to " STR_FMT "%s" STR_FMT, STR_ARG(step->lands.source),
                title.len ? ", but to: " : "", STR_ARG(title));
        return false;
    }
    for (size_t i = 0; i < step->sees_count; i++)
        if (!has(arrival->body, filled(values, &step->sees[i], scratch))) {
            err_set(why, ST_REJECT, "the page does not say \"" STR_FMT "\"", STR_ARG(step->sees[i].source));
            return false;
        }
    for (size_t i = 0; i < step->never_count; i++)
        if (has(arrival->body, filled(values, &step->never[i], scratch))) {
            err_set(why, ST_REJECT, "the page says \"" STR_FMT "\"", STR_ARG(step->never[i].source));
            return false;
        }
    if (step->is_order && check_order_path(arrival->path).len == 0) {
        title = title_of(arrival->body);
        err_set(why, ST_REJECT, "it does not lead to an order%s" STR_FMT, title.len ? ", but to: " : "",
                STR_ARG(title));
        return false;
    }
    return take(step, arrival->body, values, why);
}

struct str check_order_path(struct str path)
{
    static const char begins[] = "/order/";
    size_t end = sizeof(begins) - 1;

    if (path.len < end || memcmp(path.ptr, begins, end) != 0)
        return (struct str){NULL, 0};
    while (end < path.len && path.ptr[end] != '/' && path.ptr[end] != '?')
        end++;
    return end >= sizeof(begins) - 1 + 8 ? (struct str){path.ptr, end} : (struct str){NULL, 0};
}

enum outcome check_outcome(const struct journeys *journeys, struct str body)
{
    for (int i = OUTCOME_UNKNOWN - 1; i >= 0; i--)
        if (journeys->marks[i].len && has(body, journeys->marks[i]))
            return (enum outcome)i;
    return OUTCOME_UNKNOWN;
}
