/* main.c - views: folds carts and orders into Redis, where pages find them. */
#include <stdlib.h>

#include "base/log.h"
#include "run/metrics.h"
#include "run/program.h"
#include "run/reader.h"
#include "streams/views/writer.h"

static struct view_keep keep;

struct views {
    struct program program;
    struct kafka kafka;
    struct redis *redis;
    struct writer *writer;
    struct reader *reader;
};

static void hear(void *context, const struct msg *msg, struct str value)
{
    struct views *views = context;

    writer_add(views->writer, msg, value);
}

static void flush(void *context)
{
    struct views *views = context;

    if (writer_flush(views->writer, reader_complete(views->reader)))
        reader_halt(views->reader);
}

static int64_t start(void *context, enum topic topic, int32_t partition)
{
    struct views *views = context;

    return writer_position(views->writer, topic, partition);
}

static void begin(void *context)
{
    struct views *views = context;
    const struct reader_from from = {
        .topics = view_topics, .topic_count = view_topic_count, .start = start, .reads_all = true};
    struct err err;

    if (views->reader) {
        reader_rewind(views->reader);
        reader_resume(views->reader);
    } else if (reader_open(views->program.base, &views->kafka, &from, hear, flush, views, &views->reader, &err) !=
               ST_OK) {
        log_error("%s", err.text);
        program_end(&views->program, 1);
    }
}

static void halt(void *context)
{
    struct views *views = context;

    if (views->reader)
        reader_halt(views->reader);
}

static void go_on(void *context)
{
    struct views *views = context;

    reader_resume(views->reader);
}

static bool kafka_ready(void *context, struct err *why)
{
    struct views *views = context;

    if (views->reader)
        return reader_ready(views->reader, why);
    err_set(why, ST_RETRY, "Redis comes first: it says where to begin");
    return false;
}

static void refresh(void *context)
{
    struct views *views = context;
    int64_t lag = views->reader ? reader_lag(views->reader) : -1;

    if (lag >= 0)
        metric_set(metric_gauge("shop_consumer_lag", "Records in the topics that are not in the views.", NULL),
                   (double)lag);
}

static enum status open_all(struct views *views, const char *redis_address, struct err *err)
{
    const struct writer_hooks hooks = {.begin = begin, .stop = halt, .kept = go_on};
    enum status status = redis_open(views->program.base, redis_address, &views->redis, err);

    if (status != ST_OK)
        return status;
    views->writer = writer_open(views->program.base, views->redis, &keep, &hooks, views);
    metrics_before_print(refresh, views);
    admin_check(views->program.admin, "kafka", kafka_ready, views);
    admin_check(views->program.admin, "redis", redis_ready, views->redis);
    admin_check(views->program.admin, "views", writer_ready, views->writer);
    return ST_OK;
}

int main(int argc, char **argv)
{
    static const char *bootstrap, *redis_address;
    static const struct setting settings[] = {
        {"APP_KAFKA", SETTING_TEXT, NULL, &bootstrap, "Addresses of Kafka brokers, host:port, with commas.", false},
        {"APP_REDIS", SETTING_TEXT, NULL, &redis_address, "Address of Redis, host:port.", false},
        {"APP_EMPTY_CARTS_KEPT", SETTING_DURATION, "8760h", &keep.carts_ms,
         "How long a cart with nothing in it stays in Redis; 0s: for ever.", false},
        {"APP_ORDERS_KEPT", SETTING_DURATION, "17520h", &keep.orders_ms,
         "How long after its last message an order stays in Redis, and on its shopper's list; 0s: for ever.", false},
    };
    static struct views views = {.program = {.name = "views",
                                             .purpose = "folds carts and orders into Redis, where pages find them",
                                             .settings = settings,
                                             .setting_count = sizeof(settings) / sizeof(settings[0])}};
    struct err err;
    int code;

    if (!program_begin(&views.program, argc, argv, &code))
        return code;
    views.kafka = (struct kafka){.bootstrap = bootstrap, .name = "views"};
    if (open_all(&views, redis_address, &err) == ST_OK) {
        code = program_loop(&views.program);
    } else {
        log_error("%s", err.text);
        code = 1;
    }
    reader_close(views.reader);
    writer_close(views.writer);
    redis_close(views.redis);
    program_close(&views.program);
    return code;
}
