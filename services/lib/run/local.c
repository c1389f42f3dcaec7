/* local.c - a queue of messages that exist in memory only, until their step is committed. */
#include "run/local.h"

#include <stdlib.h>
#include <string.h>

void local_queue_init(struct local_queue *queue)
{
    *queue = (struct local_queue){0};
    queue->tail = &queue->first;
}

void local_queue_release(struct local_queue *queue)
{
    while (queue->first) {
        struct local *local = queue->first;

        queue->first = local->next;
        local_free(local);
    }
    local_queue_init(queue);
}

struct local *local_new(struct str key, struct str value)
{
    struct local *local = calloc(1, sizeof(*local) + key.len + value.len);
    char *bytes;

    if (!local)
        abort();
    bytes = (char *)(local + 1);
    if (key.len)
        memcpy(bytes, key.ptr, key.len);
    if (value.len)
        memcpy(bytes + key.len, value.ptr, value.len);
    local->key = (struct str){bytes, key.len};
    local->value = (struct str){bytes + key.len, value.len};
    return local;
}

void local_free(struct local *local)
{
    if (local)
        free(local->parked);
    free(local);
}

void local_push(struct local_queue *queue, struct local *local)
{
    local->next = NULL;
    *queue->tail = local;
    queue->tail = &local->next;
    queue->count++;
}

void local_push_front(struct local_queue *queue, struct local *local)
{
    local->next = queue->first;
    if (!queue->first)
        queue->tail = &local->next;
    queue->first = local;
    queue->count++;
}

struct local *local_take(struct local_queue *queue)
{
    struct local **at = &queue->first, *local;

    while (*at && !(*at)->claim->owned)
        at = &(*at)->next;
    local = *at;
    if (!local)
        return NULL;
    *at = local->next;
    if (!*at)
        queue->tail = at;
    queue->count--;
    return local;
}
