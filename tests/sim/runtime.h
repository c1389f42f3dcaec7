/* runtime.h - the services' runtime, as the simulator sees it: the names of services/lib/run and of tests/saga do not mix. */
#ifndef SIM_RUNTIME_H
#define SIM_RUNTIME_H

#include "msg/rule.h"
#include "msg/shelf.h"
#include "store/table.h"

struct key_list;
struct runtime;

struct runtime_lane {
    const struct rules *rules;
    const struct table *table, *shared;
    void (*shared_keys)(const struct msg *heard, const void *row, struct key_list *keys);
};

enum { RUNTIME_LANES = 4 };

struct runtime_service {
    const char *name;
    int64_t ordinal, batch;
    struct runtime_lane lanes[RUNTIME_LANES];
    size_t lane_count;
    const void *settings;
    struct shelf *shelf; /* what it follows goes there; NULL: nothing */
    void (*ask)(const struct msg *ask);
    void (*loop)(void); /* instead of the loop: returns when the process ends */
    void *base;         /* stands for the event base */
};

/* A message that the rules have heard in the step under way. */
struct runtime_heard {
    const struct rules *rules;
    enum msg_type type;
    struct id id;
    struct str key, value; /* live as long as the step */
    int64_t time_ms;
};

struct runtime *runtime_open(const struct runtime_service *service);

/* run_service, from its beginning to its end. */
void runtime_run(struct runtime *runtime);
void runtime_close(struct runtime *runtime);

/* Whether it wants to end, and with which code. */
bool runtime_ended(const struct runtime *runtime, int *code);

/* Nothing is under way and nothing waits for a pause to be over: only time, or a message, brings it anything to do. */
bool runtime_rests(const struct runtime *runtime);

void runtime_answer(struct runtime *runtime, const struct msg *ask, enum msg_type type, const void *body,
                    int64_t time_ms);
size_t runtime_heard(const struct runtime *runtime, struct runtime_heard *list, size_t room);

/* The headers of a message, as lines. */
struct str runtime_headers(const struct said *said, const char *source, struct arena *arena);

#endif
