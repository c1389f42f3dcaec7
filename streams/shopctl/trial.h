/* trial.h - the experiment between two strategies of recommendation: who was shown what, who followed it, and whether that is
 * more than chance. Pure.
 *
 * The unit is the visitor, because a visitor is what was assigned: somebody who sees twenty pages does not prove twenty times as
 * much. Rates per exposure are told, and not tested. */
#ifndef SHOPCTL_TRIAL_H
#define SHOPCTL_TRIAL_H

#include "msg/msg.h"

enum { TRIAL_ARMS = 2, TRIAL_SHOWN = 8 };

struct trial;

struct trial *trial_open(void);
void trial_close(struct trial *trial);

/* Takes RecommendationShown, RecommendationClicked and OrderConfirmed in any order and however often; other types are ignored. */
void trial_hear(void *trial, const struct msg *heard);

struct arm {
    enum recommendation_strategy strategy;
    int64_t exposures, clicks; /* clicks: once for each exposure and product that was among what it showed */
    int64_t visitors, clicked; /* visitors who were shown something, and those who followed something */
    int64_t orders;            /* confirmed, of a product that the same visitor had followed before */
    double rate, low, high;    /* clicked / visitors, with its 95 % interval (Wilson) */
};

struct verdict {
    struct arm arms[TRIAL_ARMS];  /* COSINE, LIFT */
    int64_t strangers;            /* clicks that no exposure stands behind: not counted */
    bool enough;                  /* five visitors who followed, and five who did not, are expected in each arm */
    double difference, low, high; /* of the rates, LIFT - COSINE, with its 95 % interval */
    double z, p_value;            /* two proportions, two-sided; only with enough */
    int64_t needed; /* visitors in each arm, to find a difference of a fifth 4 times of 5; 0: nobody clicked yet */
};

/* After everything was heard. */
struct verdict trial_verdict(struct trial *trial);

/* The 95 % interval of a share (Wilson, 1927); 0 to 1 of nothing. */
void trial_interval(int64_t part, int64_t whole, double *low, double *high);

/* Fills what follows from visitors and clicked. */
void trial_judge(struct verdict *verdict);

#endif
