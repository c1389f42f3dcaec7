/* clock.c - lets a program live by another time of day, moved while it runs: to be preloaded, by the chaos only.
 *
 * MOVED_CLOCK names a file whose first eight bytes are how many seconds the time of day is off. The file is mapped: whoever
 * writes it moves the clock at once, for all processes that have it. Clocks that only count (CLOCK_MONOTONIC) are not moved,
 * nor is what waits for one: libfaketime moves both, and a Java machine under it wakes up seconds too late. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *moved;
static int (*real_clock_gettime)(clockid_t clock, struct timespec *now);

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("MOVED_CLOCK");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *map = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*moved), PROT_READ, MAP_SHARED, fd, 0);

    *(void **)&real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    if (map != MAP_FAILED)
        moved = map;
    if (fd >= 0)
        close(fd);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result;

    if (!real_clock_gettime) /* somebody's constructor came before ours */
        begin();
    result = real_clock_gettime(clock, now);
    if (result == 0 && moved && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += *moved;
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec precise;
    int result = clock_gettime(CLOCK_REALTIME, &precise);

    (void)zone;
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return result;
}

time_t time(time_t *now)
{
    struct timespec precise;

    clock_gettime(CLOCK_REALTIME, &precise);
    if (now)
        *now = precise.tv_sec;
    return precise.tv_sec;
}
