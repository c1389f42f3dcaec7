/* budget.c - retries are earned by first asks and by the passing of time, and spent one by one. */
#include "base/budget.h"

static const int64_t one = 1000000; /* retry, in millionths */

static void save(struct budget *budget, int64_t micros)
{
    int64_t most = budget->limits.most * one;

    budget->saved_micros += micros;
    if (budget->saved_micros > most)
        budget->saved_micros = most;
}

void budget_init(struct budget *budget, const struct budget_limits *limits)
{
    *budget = (struct budget){.limits = *limits, .saved_micros = limits->most * one, .at_ms = -1};
}

void budget_earn(struct budget *budget)
{
    save(budget, budget->limits.percent * (one / 100));
}

bool budget_spend(struct budget *budget, int64_t now_ms)
{
    int64_t since_ms = budget->at_ms < 0 ? 0 : now_ms - budget->at_ms;
    int64_t fills_in_ms = budget->limits.floor_second ? budget->limits.most * 1000 / budget->limits.floor_second + 1
                                                      : 0;

    budget->at_ms = now_ms;
    save(budget, (since_ms < fills_in_ms ? since_ms : fills_in_ms) * budget->limits.floor_second * (one / 1000));
    if (budget->saved_micros < one)
        return false;
    budget->saved_micros -= one;
    return true;
}
