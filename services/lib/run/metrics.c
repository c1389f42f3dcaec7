/* metrics.c - a list of metrics, and its text. */
#include "run/metrics.h"

#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum { BUCKETS = 15, REFRESHERS = 8 };

static const double bounds[BUCKETS] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                       0.05,   0.1,     0.25,   0.5,   1,      2.5,   10};

enum metric_type { COUNTER, GAUGE, HISTOGRAM };

struct metric {
    struct metric *next;
    char *name, *help, *labels;
    enum metric_type type;
    double value; /* of a histogram: the sum */
    uint64_t count, buckets[BUCKETS];
};

static struct {
    struct metric *first, **tail;
    double started_s;
    struct {
        void (*refresh)(void *context);
        void *context;
    } refreshers[REFRESHERS];
    size_t refresher_count;
} registry = {.tail = &registry.first};

static char *copy_text(const char *text)
{
    char *copy = strdup(text ? text : "");

    if (!copy)
        abort();
    return copy;
}

static struct metric *find_or_make(enum metric_type type, const char *name, const char *help, const char *labels)
{
    struct metric *metric;

    for (metric = registry.first; metric; metric = metric->next)
        if (strcmp(metric->name, name) == 0 && strcmp(metric->labels, labels ? labels : "") == 0)
            return metric;
    metric = calloc(1, sizeof(*metric));
    if (!metric)
        abort();
    metric->name = copy_text(name);
    metric->help = copy_text(help);
    metric->labels = copy_text(labels);
    metric->type = type;
    *registry.tail = metric;
    registry.tail = &metric->next;
    return metric;
}

void metrics_init(const char *name)
{
    char labels[128];

    registry.started_s = (double)clock_wall_ms() / 1000;
    snprintf(labels, sizeof(labels), "service=\"%s\",compiler=\"%s\"", name, __VERSION__);
    metric_set(metric_gauge("shop_build_info", "Which program this is; always 1.", labels), 1);
}

struct metric *metric_counter(const char *name, const char *help, const char *labels)
{
    return find_or_make(COUNTER, name, help, labels);
}

struct metric *metric_gauge(const char *name, const char *help, const char *labels)
{
    return find_or_make(GAUGE, name, help, labels);
}

struct metric *metric_histogram(const char *name, const char *help, const char *labels)
{
    return find_or_make(HISTOGRAM, name, help, labels);
}

void metric_add(struct metric *metric, double amount)
{
    if (metric)
        metric->value += amount;
}

void metric_set(struct metric *metric, double value)
{
    if (metric)
        metric->value = value;
}

void metric_observe(struct metric *metric, double seconds)
{
    if (!metric)
        return;
    metric->value += seconds;
    metric->count++;
    for (size_t i = 0; i < BUCKETS; i++)
        if (seconds <= bounds[i]) {
            metric->buckets[i]++;
            return;
        }
}

double metric_value(const struct metric *metric)
{
    return metric ? metric->value : 0;
}

void metrics_before_print(void (*refresh)(void *context), void *context)
{
    if (registry.refresher_count == REFRESHERS)
        abort();
    registry.refreshers[registry.refresher_count].refresh = refresh;
    registry.refreshers[registry.refresher_count++].context = context;
}

static void print_histogram(FILE *out, const struct metric *metric)
{
    const char *comma = *metric->labels ? "," : "";
    uint64_t so_far = 0;

    for (size_t i = 0; i < BUCKETS; i++) {
        so_far += metric->buckets[i];
        fprintf(out, "%s_bucket{%s%sle=\"%g\"} %llu\n", metric->name, metric->labels, comma, bounds[i],
                (unsigned long long)so_far);
    }
    fprintf(out, "%s_bucket{%s%sle=\"+Inf\"} %llu\n", metric->name, metric->labels, comma,
            (unsigned long long)metric->count);
    fprintf(out, "%s_sum{%s} %.9g\n", metric->name, metric->labels, metric->value);
    fprintf(out, "%s_count{%s} %llu\n", metric->name, metric->labels, (unsigned long long)metric->count);
}

static void print_one(FILE *out, const struct metric *metric)
{
    if (metric->type == HISTOGRAM)
        print_histogram(out, metric);
    else if (*metric->labels)
        fprintf(out, "%s{%s} %.15g\n", metric->name, metric->labels, metric->value);
    else
        fprintf(out, "%s %.15g\n", metric->name, metric->value);
}

/* Text format wants all series of a name together; the first of a name prints them all. */
static void print_family(FILE *out, const struct metric *metric)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};

    for (const struct metric *earlier = registry.first; earlier != metric; earlier = earlier->next)
        if (strcmp(earlier->name, metric->name) == 0)
            return;
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help, metric->name, types[metric->type]);
    for (const struct metric *same = metric; same; same = same->next)
        if (strcmp(same->name, metric->name) == 0)
            print_one(out, same);
}

static long resident_bytes(void)
{
    FILE *statm = fopen("/proc/self/statm", "re");
    char line[128], *second = NULL;
    long resident_pages = 0;

    if (!statm)
        return 0;
    if (fgets(line, sizeof(line), statm) && (second = strchr(line, ' ')))
        resident_pages = strtol(second, NULL, 10);
    fclose(statm);
    return resident_pages * sysconf(_SC_PAGESIZE);
}

static long open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    long count = 0;

    if (!folder)
        return 0;
    while (readdir(folder))
        count++;
    closedir(folder);
    return count - 3; /* . and .. and the folder itself */
}

static void print_process(FILE *out)
{
    struct timespec cpu;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    fprintf(out, "# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total %.6f\n",
            (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9);
    fprintf(out, "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes %ld\n", resident_bytes());
    fprintf(out, "# TYPE process_open_fds gauge\nprocess_open_fds %ld\n", open_descriptors());
    fprintf(out, "# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds %.3f\n", registry.started_s);
}

void metrics_print(FILE *out)
{
    for (size_t i = 0; i < registry.refresher_count; i++)
        registry.refreshers[i].refresh(registry.refreshers[i].context);
    for (const struct metric *metric = registry.first; metric; metric = metric->next)
        print_family(out, metric);
    print_process(out);
}
