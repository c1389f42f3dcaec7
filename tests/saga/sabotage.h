/* sabotage.h - services made wrong on purpose, so that a test can see the books find it. */
#ifndef SAGA_SABOTAGE_H
#define SAGA_SABOTAGE_H

#include "tests/saga/world.h"

/* One rule replaced, or something spoilt around it. */
struct sabotage {
    const char *name;
    const struct rules *rules; /* NULL: no rule is replaced */
    int32_t state;
    enum msg_type hears;
    rule_fn *then; /* NULL: nothing is done any more */
    void (*spoil)(struct world *world);
};

extern const struct sabotage sabotages[];
extern const size_t sabotage_count;

/* To be called between world_init and world_run. The world uses it until it is released. */
void sabotage_apply(struct world *world, const struct sabotage *sabotage);

#endif
