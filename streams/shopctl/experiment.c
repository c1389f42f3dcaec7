/* experiment.c - shopctl experiment: which strategy of recommendation is followed more. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "streams/shopctl/shopctl.h"
#include "streams/shopctl/trial.h"

static const char *const names[TRIAL_ARMS] = {"COSINE", "LIFT"};

static void print_help(FILE *out)
{
    fputs(
        "shopctl experiment [--json] - the two strategies of recommendation, compared\n\n"
        "Reads activity.events (the last 7 days) and order.events. A visitor is in one arm for good; tested is the share\n"
        "of visitors who followed a recommendation, by a two-sided test of two proportions. Nothing is tested before\n"
        "five visitors who followed one, and five who did not, are expected in each arm. Looking again and again until\n"
        "the p-value is small proves nothing: choose the number of visitors first (it is suggested).\n\n"
        "  --json   for programs\n",
        out);
}

static void print_json(const struct verdict *verdict)
{
    printf("{\"experiment\": \"recommendations\", \"unit\": \"visitor\", \"arms\": [");
    for (size_t i = 0; i < TRIAL_ARMS; i++) {
        const struct arm *arm = &verdict->arms[i];

        printf("%s{\"strategy\": \"%s\", \"exposures\": %" PRId64 ", \"clicks\": %" PRId64 ", \"visitors\": %" PRId64
               ", \"clicked\": %" PRId64 ", \"orders\": %" PRId64 ", \"rate\": %.6f, \"interval\": [%.6f, %.6f]}",
               i ? ", " : "", names[i], arm->exposures, arm->clicks, arm->visitors, arm->clicked, arm->orders,
               arm->rate, arm->low, arm->high);
    }
    printf("], \"clicks_without_exposure\": %" PRId64 ", \"enough\": %s, \"difference\": %.6f, \"interval\": ",
           verdict->strangers, verdict->enough ? "true" : "false", verdict->difference);
    if (verdict->enough)
        printf("[%.6f, %.6f], \"z\": %.4f, \"p_value\": %.6g", verdict->low, verdict->high, verdict->z,
               verdict->p_value);
    else
        printf("null, \"z\": null, \"p_value\": null");
    printf(", \"visitors_needed\": %" PRId64 "}\n", verdict->needed);
}

static void print_arms(const struct verdict *verdict)
{
    printf("strategy  exposures   clicks  per exposure   visitors  followed one   95 %% between       orders\n");
    for (size_t i = 0; i < TRIAL_ARMS; i++) {
        const struct arm *arm = &verdict->arms[i];
        double per = arm->exposures ? 100.0 * (double)arm->clicks / (double)arm->exposures : 0;

        printf("%-8s %10" PRId64 " %8" PRId64 " %11.2f %% %10" PRId64 " %11.2f %%  %6.2f and %6.2f %% %8" PRId64 "\n",
               names[i], arm->exposures, arm->clicks, per, arm->visitors, 100 * arm->rate, 100 * arm->low,
               100 * arm->high, arm->orders);
    }
}

static void print_text(const struct verdict *verdict)
{
    print_arms(verdict);
    if (verdict->strangers)
        printf("\n%" PRId64 " clicks without an exposure are not counted.\n", verdict->strangers);
    if (!verdict->enough) {
        printf("\nToo little data: nothing can be said of the difference yet.\n");
    } else {
        printf("\nLIFT - COSINE: %+.2f percent points, 95 %% between %+.2f and %+.2f; z = %.2f, p = %.4f: %s\n",
               100 * verdict->difference, 100 * verdict->low, 100 * verdict->high, verdict->z, verdict->p_value,
               verdict->p_value >= 0.05  ? "it may well be chance."
               : verdict->difference > 0 ? "LIFT is followed more."
                                         : "COSINE is followed more.");
    }
    if (verdict->needed)
        printf("To find a difference of a fifth (4 times of 5) takes some %" PRId64 " visitors in each arm.\n",
               verdict->needed);
}

enum exit_code experiment(int argc, char **argv)
{
    static const enum topic topics[] = {TOPIC_ACTIVITY_EVENTS, TOPIC_ORDER_EVENTS};
    bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
    struct trial *trial;
    struct verdict verdict;
    enum status status;
    struct err err;

    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        print_help(stdout);
        return EXIT_DONE;
    }
    if (argc > 1 + json) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    trial = trial_open();
    status = say_open(&err);
    if (status == ST_OK)
        status = hear_all(topics, sizeof(topics) / sizeof(topics[0]), trial_hear, trial, &err);
    if (status == ST_OK) {
        verdict = trial_verdict(trial);
        (json ? print_json : print_text)(&verdict);
    }
    hear_close();
    say_close();
    trial_close(trial);
    return status == ST_OK ? EXIT_DONE : give_up(status, &err);
}
