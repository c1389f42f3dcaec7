/* hasher.c - a job for the helper thread holds all that it needs, and is wiped when it is done. */
#include "gateway/accounts/hasher.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "run/aside.h"

enum { LESS_URGENT = 10 };

struct hasher {
    struct aside *aside;
    size_t queue, waiting;
};

struct job {
    struct aside_job aside; /* first */
    struct hasher *hasher;
    char password[PASSWORD_MAX_BYTES];
    size_t password_len;
    bool makes;
    struct hashing hashing;
    hashed_fn *then;
    void *context;
};

/* In the helper, which on Linux has a priority of its own: the loop's pages come first. */
static void work(struct aside_job *aside)
{
    struct job *job = (struct job *)aside;
    struct str password = {job->password, job->password_len};

    (void)setpriority(PRIO_PROCESS, 0, LESS_URGENT);
    if (job->makes)
        password_make(password, job->hashing.hash.cost, &job->hashing.hash);
    else
        job->hashing.same = password_check(password, &job->hashing.hash);
}

static void done(struct aside_job *aside)
{
    struct job *job = (struct job *)aside;

    job->hasher->waiting--;
    OPENSSL_cleanse(job->password, sizeof job->password);
    job->then(job->context, aside->closing ? NULL : &job->hashing);
    free(job);
}

struct hasher *hasher_open(struct event_base *base, size_t queue)
{
    struct hasher *hasher = calloc(1, sizeof *hasher);

    if (hasher == NULL)
        abort();
    hasher->aside = aside_open(base);
    hasher->queue = queue;
    return hasher;
}

void hasher_close(struct hasher *hasher)
{
    if (hasher == NULL)
        return;
    aside_close(hasher->aside);
    free(hasher);
}

static struct job *job_new(struct hasher *hasher, struct str password, hashed_fn *then, void *context)
{
    struct job *job;

    if (hasher->waiting >= hasher->queue)
        return NULL;
    job = calloc(1, sizeof *job);
    if (job == NULL || password.len > sizeof job->password)
        abort();
    *job = (struct job){.aside = {.work = work, .done = done}, .hasher = hasher, .then = then, .context = context};
    memcpy(job->password, password.ptr, password.len);
    job->password_len = password.len;
    hasher->waiting++;
    return job;
}

bool hasher_make(struct hasher *hasher, struct str password, struct password_cost cost, hashed_fn *then, void *context)
{
    struct job *job = job_new(hasher, password, then, context);

    if (job == NULL)
        return false;
    job->makes = true;
    job->hashing.hash.cost = cost;
    aside_do(hasher->aside, &job->aside);
    return true;
}

bool hasher_check(struct hasher *hasher, struct str password, const struct password_hash *kept, hashed_fn *then,
                  void *context)
{
    struct job *job = job_new(hasher, password, then, context);

    if (job == NULL)
        return false;
    job->hashing.hash = *kept;
    aside_do(hasher->aside, &job->aside);
    return true;
}

size_t hasher_waiting(const struct hasher *hasher)
{
    return hasher->waiting;
}
