/* aside.c - a queue in each direction, and an eventfd to wake the loop. */
#include "run/aside.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { STACK_BYTES = 256 * 1024 };

struct aside {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t more;
    int started, closing, fd;
    struct aside_job *todo, *done;
    struct event *ready;
};

static void append(struct aside_job **list, struct aside_job *job)
{
    while (*list)
        list = &(*list)->next;
    job->next = NULL;
    *list = job;
}

static void *work(void *context)
{
    struct aside *aside = context;
    uint64_t one = 1;

    pthread_mutex_lock(&aside->lock);
    while (!aside->closing) {
        struct aside_job *job = aside->todo;

        if (!job) {
            pthread_cond_wait(&aside->more, &aside->lock);
            continue;
        }
        aside->todo = job->next;
        pthread_mutex_unlock(&aside->lock);
        job->work(job);
        pthread_mutex_lock(&aside->lock);
        append(&aside->done, job);
        if (write(aside->fd, &one, sizeof(one)) < 0)
            abort();
    }
    pthread_mutex_unlock(&aside->lock);
    return NULL;
}

static void answer(evutil_socket_t fd, short what, void *context)
{
    struct aside *aside = context;
    struct aside_job *jobs;
    uint64_t count;

    (void)what;
    if (read(fd, &count, sizeof(count)) < 0)
        return;
    pthread_mutex_lock(&aside->lock);
    jobs = aside->done;
    aside->done = NULL;
    pthread_mutex_unlock(&aside->lock);
    while (jobs) {
        struct aside_job *job = jobs;

        jobs = job->next;
        job->done(job);
    }
}

struct aside *aside_open(struct event_base *base)
{
    struct aside *aside = calloc(1, sizeof(*aside));

    if (!aside)
        abort();
    pthread_mutex_init(&aside->lock, NULL);
    pthread_cond_init(&aside->more, NULL);
    aside->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    aside->ready = event_new(base, aside->fd, EV_READ | EV_PERSIST, answer, aside);
    if (aside->fd < 0 || !aside->ready)
        abort();
    event_add(aside->ready, NULL);
    return aside;
}

/* Signals are the loop's. */
static void start(struct aside *aside)
{
    sigset_t all, before;
    pthread_attr_t attributes;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    if (pthread_create(&aside->thread, &attributes, work, aside) != 0)
        abort();
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    aside->started = 1;
}

void aside_do(struct aside *aside, struct aside_job *job)
{
    if (!aside->started)
        start(aside);
    pthread_mutex_lock(&aside->lock);
    append(&aside->todo, job);
    pthread_cond_signal(&aside->more);
    pthread_mutex_unlock(&aside->lock);
}

static void drop(struct aside_job *jobs)
{
    while (jobs) {
        struct aside_job *job = jobs;

        jobs = job->next;
        job->closing = 1;
        job->done(job);
    }
}

void aside_close(struct aside *aside)
{
    if (!aside)
        return;
    pthread_mutex_lock(&aside->lock);
    aside->closing = 1;
    pthread_cond_signal(&aside->more);
    pthread_mutex_unlock(&aside->lock);
    if (aside->started)
        pthread_join(aside->thread, NULL);
    drop(aside->todo);
    drop(aside->done);
    event_free(aside->ready);
    close(aside->fd);
    pthread_cond_destroy(&aside->more);
    pthread_mutex_destroy(&aside->lock);
    free(aside);
}
