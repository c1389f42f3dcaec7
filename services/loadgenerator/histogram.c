/* histogram.c - counting in buckets whose width grows with the value. Pure. */
#include "services/loadgenerator/histogram.h"

#include <math.h>

enum { EXACT = 2 * HISTOGRAM_HALF, EXACT_BITS = 8 };

unsigned histogram_bucket(int64_t value_us)
{
    uint64_t value = value_us < 0 ? 0 : (uint64_t)value_us;
    unsigned bits, part;

    if (value < EXACT)
        return (unsigned)value;
    bits = 64 - (unsigned)__builtin_clzll(value);
    if (bits > HISTOGRAM_TOP_BITS)
        return HISTOGRAM_BUCKETS - 1;
    part = (unsigned)(value >> (bits - EXACT_BITS)) - HISTOGRAM_HALF; /* the 7 bits behind the first */
    return EXACT + (bits - EXACT_BITS - 1) * HISTOGRAM_HALF + part;
}

int64_t histogram_bucket_top(unsigned bucket)
{
    unsigned doubling, part;

    if (bucket < EXACT)
        return bucket;
    doubling = (bucket - EXACT) / HISTOGRAM_HALF + 1;
    part = (bucket - EXACT) % HISTOGRAM_HALF + HISTOGRAM_HALF;
    return (int64_t)(((uint64_t)part + 1) << doubling) - 1;
}

void histogram_add(struct histogram *histogram, int64_t value_us)
{
    if (value_us < 0)
        value_us = 0;
    if (histogram->count == 0 || value_us < histogram->min_us)
        histogram->min_us = value_us;
    if (histogram->count == 0 || value_us > histogram->max_us)
        histogram->max_us = value_us;
    histogram->count++;
    histogram->sum_us += value_us;
    histogram->buckets[histogram_bucket(value_us)]++;
}

void histogram_add_bucket(struct histogram *histogram, unsigned bucket, uint64_t count)
{
    if (bucket >= HISTOGRAM_BUCKETS)
        return;
    histogram->buckets[bucket] += count;
    histogram->count += count;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    if (from->count == 0)
        return;
    if (into->count == 0 || from->min_us < into->min_us)
        into->min_us = from->min_us;
    if (into->count == 0 || from->max_us > into->max_us)
        into->max_us = from->max_us;
    into->count += from->count;
    into->sum_us += from->sum_us;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        into->buckets[i] += from->buckets[i];
}

int64_t histogram_percentile(const struct histogram *histogram, double share)
{
    uint64_t rank = (uint64_t)ceil(share * (double)histogram->count), seen = 0;

    if (histogram->count == 0)
        return 0;
    if (rank == 0)
        rank = 1;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        int64_t top = histogram_bucket_top(i);

        seen += histogram->buckets[i];
        if (seen >= rank && i < HISTOGRAM_BUCKETS - 1)
            return top < histogram->max_us ? top : histogram->max_us;
    }
    return histogram->max_us;
}

int64_t histogram_mean(const struct histogram *histogram)
{
    return histogram->count ? histogram->sum_us / (int64_t)histogram->count : 0;
}
