/* rates_accept.c - shopctl rates accept: the keeper's word that a jump is real, and what came of it. */
#include <stdio.h>

#include "streams/shopctl/rates.h"

struct asking {
    struct rates_seen *seen;
    struct id id;
    bool answered, refused;
};

static void hear(void *context, const struct msg *heard)
{
    struct asking *asking = context;
    struct arena *arena = &asking->seen->arena;

    rates_hear(asking->seen, heard);
    if (asking->answered || !id_equal(&heard->correlation, &asking->id))
        return;
    if (heard->type == MSG_RATES_COMMAND_REFUSED) {
        const struct rates_command_refused *body = heard->body;

        asking->answered = asking->refused = true;
        complain(STR_FMT, STR_ARG(body->detail));
    } else if (heard->type == MSG_RATE_ACCEPTED) {
        const struct rate_accepted *body = heard->body;
        struct str now = rates_decimal(&body->accepted, arena), was = rates_decimal(&body->known, arena);

        asking->answered = true;
        printf(STR_FMT ": " STR_FMT " for one " STR_FMT " now, not " STR_FMT ".\n", STR_ARG(body->accepted.currency),
               STR_ARG(now), STR_ARG(body->base), STR_ARG(was));
    }
}

static const struct rates_held *find(const struct rates_seen *seen, struct str currency)
{
    for (size_t i = 0; i < seen->held_count; i++)
        if (str_equal(seen->held[i].offered.currency, currency) && rates_is_held(seen, &seen->held[i]))
            return &seen->held[i];
    return NULL;
}

static enum exit_code say_it(struct asking *asking, const struct accept_rate *body)
{
    struct err err;
    enum status status;

    say_as(MSG_ACCEPT_RATE, body, &asking->id);
    status = say_wait(&err);
    if (status == ST_OK)
        status = hear_until(&asking->answered, 0, &err);
    if (status == ST_OK)
        return asking->refused ? EXIT_REFUSED : EXIT_DONE;
    complain("%s. It may be heard all the same; to say it again does no harm", err.text);
    return EXIT_FAILED;
}

enum exit_code rates_accept(struct rates_seen *seen, const char *currency)
{
    static const enum topic topics[] = {TOPIC_RATES_STATE, TOPIC_RATES_EVENTS};
    struct asking asking = {.seen = seen, .id = id_random()};
    const struct rates_held *held;
    struct accept_rate body;
    struct str json;
    struct err err;
    enum status status = say_open(&err);

    if (status == ST_OK)
        status = hear_all(topics, 2, hear, &asking, &err);
    if (status != ST_OK)
        return give_up(status, &err);
    held = find(seen, str_of(currency));
    if (!held) {
        complain("%s: no offer is held back", currency);
        return EXIT_REFUSED;
    }
    body = (struct accept_rate){.base = held->base, .offered = held->offered};
    if (!seen->dry_run)
        return say_it(&asking, &body);
    json = msg_json(MSG_ACCEPT_RATE, &body, &seen->arena);
    printf("Would say AcceptRate " STR_FMT "\n", STR_ARG(json));
    return EXIT_DONE;
}
