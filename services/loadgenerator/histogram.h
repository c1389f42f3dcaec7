/* histogram.h - how long things took, in buckets so narrow that a percentile is right to 1 in 128.
 *
 * Values are microseconds. Up to 255 each has a bucket of its own; above, every doubling is cut into 128 equal ones. All
 * histograms have the same buckets, so that the sum of two is exactly the histogram of both. */
#ifndef LOADGENERATOR_HISTOGRAM_H
#define LOADGENERATOR_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_HALF = 128,
    HISTOGRAM_TOP_BITS = 32, /* 71 minutes; what takes longer is counted in the last bucket */
    HISTOGRAM_BUCKETS = 2 * HISTOGRAM_HALF + (HISTOGRAM_TOP_BITS - 8) * HISTOGRAM_HALF
};

/* All zero is the empty histogram. */
struct histogram {
    uint64_t count;
    int64_t sum_us, min_us, max_us; /* exact; min and max mean nothing while count is 0 */
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

/* Less than 0 counts as 0. */
void histogram_add(struct histogram *histogram, int64_t value_us);

/* count more values in one bucket, for those who carry histograms elsewhere: sum, min and max are theirs to keep. */
void histogram_add_bucket(struct histogram *histogram, unsigned bucket, uint64_t count);

void histogram_merge(struct histogram *into, const struct histogram *from);

/* The least value that at least share (0 to 1) of all values do not exceed, as the greatest value of its bucket, but
 * never above the greatest that was seen: at most 1 in 128 too much, never too little. 0 when it is empty. */
int64_t histogram_percentile(const struct histogram *histogram, double share);

/* 0 when it is empty. */
int64_t histogram_mean(const struct histogram *histogram);

/* The bucket of a value, and the greatest value of a bucket. */
unsigned histogram_bucket(int64_t value_us);
int64_t histogram_bucket_top(unsigned bucket);

#endif
