/* world.c - processes, Kafka and Postgres from a test's side: blocking, because a test may. */
#include "tests/services/lib/run/world.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "run/kafka.h"
#include "tests/services/lib/run/probe.h"

static void pause_ms(int ms)
{
    usleep((unsigned)ms * 1000);
}

static void free_address(char address[32])
{
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(where);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&where, sizeof(where)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&where, &len), 0);
    close(fd);
    snprintf(address, 32, "127.0.0.1:%d", ntohs(where.sin_port));
}

static void run_sql(PGconn *db, const char *sql)
{
    PGresult *result = PQexec(db, sql);

    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(db));
    PQclear(result);
}

static void run_file(PGconn *db, const char *path)
{
    FILE *file = fopen(path, "r");
    char text[16384];
    size_t len;

    assert_non_null(file);
    len = fread(text, 1, sizeof(text) - 1, file);
    text[len] = '\0';
    fclose(file);
    run_sql(db, text);
}

static const char *option(PQconninfoOption *options, const char *keyword, const char *otherwise)
{
    for (; options->keyword; options++)
        if (strcmp(options->keyword, keyword) == 0 && options->val)
            return options->val;
    return otherwise;
}

static void make_database(struct world *world)
{
    const char *url = getenv("POSTGRES_ADMIN_URL");
    PQconninfoOption *options;
    PGconn *admin;
    char sql[128];

    assert_non_null(url);
    admin = PQconnectdb(url);
    assert_int_equal(PQstatus(admin), CONNECTION_OK);
    snprintf(sql, sizeof(sql), "CREATE DATABASE \"%s\"", world->name);
    run_sql(admin, sql);
    PQfinish(admin);
    options = PQconninfoParse(url, NULL);
    snprintf(world->database, sizeof(world->database), "postgres://%s:%s@%s:%s/%s", option(options, "user", "postgres"),
             option(options, "password", ""), option(options, "host", "127.0.0.1"), option(options, "port", "5432"),
             world->name);
    PQconninfoFree(options);
    snprintf(world->through, sizeof(world->through), "%s", world->database);
    world->db = PQconnectdb(world->database);
    assert_int_equal(PQstatus(world->db), CONNECTION_OK);
    run_sql(world->db, "SET client_min_messages = error");
    run_file(world->db, "services/lib/store/schema.sql");
    run_sql(world->db, probe_schema);
}

static void drop_database(struct world *world)
{
    PGconn *admin = PQconnectdb(getenv("POSTGRES_ADMIN_URL"));
    char sql[128];

    snprintf(sql, sizeof(sql), "DROP DATABASE \"%s\" WITH (FORCE)", world->name);
    PQclear(PQexec(admin, sql));
    PQfinish(admin);
}

static void make_topics(struct world *world)
{
    static const enum topic heard[] = {TOPIC_ORDER_COMMANDS, TOPIC_CART_COMMANDS, TOPIC_PAYMENT_COMMANDS,
                                       TOPIC_AD_STATE};
    rd_kafka_NewTopic_t *topics[TOPIC_COUNT + sizeof(heard) / sizeof(*heard)];
    rd_kafka_queue_t *queue = rd_kafka_queue_new(world->producer);
    size_t count = 0;
    char why[256], name[128];

    for (int topic = TOPIC_NONE + 1; topic < TOPIC_COUNT; topic++)
        topics[count++] = rd_kafka_NewTopic_new(topic_name((enum topic)topic),
                                                kind_partitions(topic_kind((enum topic)topic)), 1, why, sizeof(why));
    for (size_t i = 0; i < sizeof(heard) / sizeof(*heard); i++) {
        snprintf(name, sizeof(name), "%s.%s.dlt", topic_name(heard[i]), world->name);
        topics[count++] = rd_kafka_NewTopic_new(name, 6, 1, why, sizeof(why));
    }
    rd_kafka_CreateTopics(world->producer, topics, count, NULL, queue);
    rd_kafka_event_destroy(rd_kafka_queue_poll(queue, 30000));
    rd_kafka_NewTopic_destroy_array(topics, count);
    rd_kafka_queue_destroy(queue);
}

/* The probe begins at the topics' present ends: what other runs left there is none of its business. */
static void set_positions(struct world *world)
{
    static const char *const heard[] = {"order.commands", "cart.commands", "payment.commands"};
    int64_t low, high;
    char sql[160];

    for (size_t i = 0; i < sizeof(heard) / sizeof(*heard); i++)
        for (int32_t part = 0; part < 6; part++) {
            int tries = 100; /* a topic that was made a moment ago may not have its leader yet */

            while (rd_kafka_query_watermark_offsets(world->producer, heard[i], part, &low, &high, 20000) && tries--)
                usleep(100000);
            assert_true(tries >= 0);
            snprintf(sql, sizeof(sql), "INSERT INTO position VALUES ('%s', %d, %lld)", heard[i], (int)part,
                     (long long)high);
            run_sql(world->db, sql);
        }
}

struct world *world_open(void)
{
    struct world *world = calloc(1, sizeof(*world));
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char why[256];

    signal(SIGPIPE, SIG_IGN);
    snprintf(world->name, sizeof(world->name), "probe-%d-%d", (int)(clock_wall_ms() % 100000000), (int)getpid());
    world->kafka = getenv("KAFKA_BOOTSTRAP");
    assert_non_null(world->kafka);
    free_address(world->admin);
    free_address(world->other_admin);
    kafka_set(conf, "bootstrap.servers", world->kafka);
    kafka_set(conf, "partitioner", "murmur2_random");
    kafka_set(conf, "linger.ms", "0");
    world->producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
    make_database(world);
    make_topics(world);
    set_positions(world);
    return world;
}

void world_kill(struct world *world)
{
    if (!world->pid)
        return;
    kill(world->pid, SIGKILL);
    waitpid(world->pid, NULL, 0);
    world->pid = 0;
}

void world_close(struct world *world)
{
    world_kill(world);
    rd_kafka_destroy(world->producer);
    PQfinish(world->db);
    drop_database(world);
    free(world);
}

/* --- processes ---------------------------------------------------------------------------------------------------- */

pid_t world_start(struct world *world, const char *admin, const char *crash, bool wait)
{
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setenv("PROBE_NAME", world->name, 1);
        setenv("APP_CHAOS", "1", 1);
        setenv("APP_CRASH_AT", crash ? crash : "", 1);
        setenv("APP_KAFKA", world->kafka, 1);
        setenv("APP_DATABASE", world->through, 1);
        setenv("APP_ADMIN", admin, 1);
        if (getenv("PROBE_LOG") && !freopen(getenv("PROBE_LOG"), "w", stdout))
            _exit(127);
        execl("/proc/self/exe", "probe", "serve", (char *)NULL);
        _exit(127);
    }
    world->pid = pid;
    if (wait)
        world_wait_ready(world, admin);
    return pid;
}

/* One HTTP request; the answer with its head, or nothing. */
static size_t get(const char *admin, const char *path, char *text, size_t size_bytes)
{
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {2, 0};
    char request[128];
    size_t used = 0;
    ssize_t got;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int len = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path);

    where.sin_port = htons((uint16_t)strtol(strrchr(admin, ':') + 1, NULL, 10));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (connect(fd, (struct sockaddr *)&where, sizeof(where)) == 0 && write(fd, request, (size_t)len) == len)
        while (used < size_bytes - 1 && (got = read(fd, text + used, size_bytes - 1 - used)) > 0)
            used += (size_t)got;
    text[used] = '\0';
    close(fd);
    return used;
}

bool world_is_ready(const char *admin)
{
    char text[4096];

    return get(admin, "/readyz", text, sizeof(text)) && strncmp(text, "HTTP/1.1 200", 12) == 0;
}

void world_wait_ready(struct world *world, const char *admin)
{
    char text[4096] = "";

    for (int i = 0; i < 600; i++) {
        if (world_is_ready(admin))
            return;
        if (world->pid && waitpid(world->pid, NULL, WNOHANG) == world->pid) {
            world->pid = 0;
            fail_msg("%s ended before it was ready", world->name);
        }
        pause_ms(50);
    }
    get(admin, "/readyz", text, sizeof(text));
    fail_msg("%s is not ready after 30 s: %s", world->name, text);
}

double world_metric(const char *admin, const char *name)
{
    static char text[65536];
    char line[128];
    const char *at;

    get(admin, "/metrics", text, sizeof(text));
    snprintf(line, sizeof(line), "\n%s ", name);
    at = strstr(text, line);
    return at ? strtod(at + strlen(line), NULL) : 0;
}

int world_wait_end(struct world *world, pid_t pid)
{
    int status = 0;

    for (int i = 0; i < 400; i++) {
        if (waitpid(pid, &status, WNOHANG) == pid) {
            if (world->pid == pid)
                world->pid = 0;
            return status;
        }
        pause_ms(50);
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    world->pid = 0;
    fail_msg("the process did not end within 20 s");
    return status;
}

/* --- what is sent ------------------------------------------------------------------------------------------------- */

const char *world_key(const struct world *world, const char *word, int number, char text[64])
{
    if (strcmp(word, "bad") == 0)
        snprintf(text, 64, "bad-%s-%d", world->name, number);
    else
        snprintf(text, 64, "%s-%s-%d", world->name, word, number);
    return text;
}

void world_send(struct world *world, enum topic topic, const char *key, struct str value, const struct id *id)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(2);
    static const char trace[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    char text[ID_TEXT_LEN + 1];

    if (id) {
        id_write(id, text);
        rd_kafka_header_add(headers, "ce-id", -1, text, -1);
        rd_kafka_header_add(headers, "traceparent", -1, trace, -1);
    }
    assert_int_equal(rd_kafka_producev(world->producer, RD_KAFKA_V_TOPIC(topic_name(topic)),
                                       RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key, strlen(key)),
                                       RD_KAFKA_V_VALUE((void *)(uintptr_t)value.ptr, value.len),
                                       RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END),
                     0);
    assert_int_equal(rd_kafka_flush(world->producer, 20000), 0);
}

static struct id id_of(const char *key)
{
    static const struct id space = {{7}};

    return id_named(&space, str_of(key));
}

void world_cancel_order(struct world *world, const char *key, const char *word, const struct id *id)
{
    struct cancel_order order = {.order_id = str_of(key), .user_id = str_of(word)};
    struct id own = id_of(key);
    struct arena arena;

    arena_init(&arena);
    world_send(world, TOPIC_ORDER_COMMANDS, key, msg_encode(MSG_CANCEL_ORDER, &order, &arena), id ? id : &own);
    arena_release(&arena);
}

void world_empty_cart(struct world *world, const char *key)
{
    struct empty_cart cart = {.user_id = str_of(key)};
    struct id id = id_random();
    struct arena arena;

    arena_init(&arena);
    world_send(world, TOPIC_CART_COMMANDS, key, msg_encode(MSG_EMPTY_CART, &cart, &arena), &id);
    arena_release(&arena);
}

/* --- what can be seen --------------------------------------------------------------------------------------------- */

static int64_t number(struct world *world, const char *sql)
{
    PGresult *result = PQexec(world->db, sql);
    int64_t value = -1;

    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        PQclear(result);
        PQreset(world->db);
        return -1;
    }
    if (PQntuples(result) == 1 && !PQgetisnull(result, 0, 0))
        value = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return value;
}

int64_t world_number(struct world *world, const char *format, ...)
{
    char sql[512];
    va_list args;

    va_start(args, format);
    vsnprintf(sql, sizeof(sql), format, args);
    va_end(args);
    return number(world, sql);
}

void world_await(struct world *world, int64_t wanted, const char *format, ...)
{
    char sql[512];
    va_list args;
    int64_t got = -1;

    va_start(args, format);
    vsnprintf(sql, sizeof(sql), format, args);
    va_end(args);
    for (int i = 0; i < 600; i++) {
        got = number(world, sql);
        if (got == wanted)
            return;
        pause_ms(50);
    }
    fail_msg("%s is %lld after 30 s, not %lld", sql, (long long)got, (long long)wanted);
}
