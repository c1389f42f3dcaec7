/* arrivals.c - a clock that runs as fast as the rate: each arrival lies some distance ahead on it. Pure. */
#include "services/loadgenerator/arrivals.h"

#include <math.h>

static double distance(struct arrivals *arrivals)
{
    return arrivals->even ? 1.0 : -log(1.0 - dice_share(&arrivals->dice));
}

void arrivals_init(struct arrivals *arrivals, uint64_t seed, bool even, int64_t now_us)
{
    *arrivals = (struct arrivals){.dice = {seed}, .even = even, .at_us = now_us};
    arrivals->left = distance(arrivals);
}

void arrivals_set_rate(struct arrivals *arrivals, double rate, int64_t now_us)
{
    arrivals->left -= arrivals->rate * (double)(now_us - arrivals->at_us) / 1e6;
    if (arrivals->left < 0)
        arrivals->left = 0;
    arrivals->at_us = now_us;
    arrivals->rate = rate;
}

int64_t arrivals_next_us(const struct arrivals *arrivals)
{
    double wait_us = arrivals->rate > 0 ? arrivals->left / arrivals->rate * 1e6 : 1e18;

    return wait_us < 1e15 ? arrivals->at_us + (int64_t)wait_us : INT64_MAX;
}

bool arrivals_take(struct arrivals *arrivals, int64_t now_us, int64_t *came_us)
{
    int64_t next_us = arrivals_next_us(arrivals);
    double over;

    if (next_us > now_us)
        return false;
    /* The fraction of a microsecond is carried on, or a high rate would drift. */
    over = arrivals->left - arrivals->rate * (double)(next_us - arrivals->at_us) / 1e6;
    arrivals->at_us = next_us;
    arrivals->left = over + distance(arrivals);
    *came_us = next_us;
    return true;
}
