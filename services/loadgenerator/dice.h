/* dice.h - luck that can be repeated: the same seed throws the same numbers. */
#ifndef LOADGENERATOR_DICE_H
#define LOADGENERATOR_DICE_H

#include <stdint.h>

struct dice {
    uint64_t state;
};

/* splitmix64 (Steele, Lea, Flood 2014): any seed will do, 0 included. */
static inline uint64_t dice_throw(struct dice *dice)
{
    uint64_t z = (dice->state += 0x9E3779B97F4A7C15u);

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* From 0 to 1, 1 excluded. */
static inline double dice_share(struct dice *dice)
{
    return (double)(dice_throw(dice) >> 11) * 0x1p-53;
}

/* From low to high, both included; low <= high. */
static inline int64_t dice_between(struct dice *dice, int64_t low, int64_t high)
{
    return low + (int64_t)(dice_share(dice) * (double)(high - low + 1));
}

#endif
