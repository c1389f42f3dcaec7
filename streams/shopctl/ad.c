/* ad.c - shopctl ad: its words and options, and how amounts and times are read. */
#include "streams/shopctl/ad.h"

#include <getopt.h>
#include <stdio.h>
#include <time.h>

static const struct word {
    const char *name, *input, *help;
    ad_fn *run;
    size_t least, most;
} words[] = {
    {"run", "FILE", "show the campaigns of a JSON file, or change how they are shown", ad_run, 1, 1},
    {"stop", "ID...", "show them no more", ad_stop, 1, AD_CALL_OPERANDS},
    {"report", "[ID...]", "what was shown, followed and spent, by campaign", ad_report, 0, AD_CALL_OPERANDS},
};

enum { WORDS = sizeof(words) / sizeof(words[0]) };
enum { OPTION_HELP, OPTION_JSON, OPTION_DRY_RUN, OPTION_NO_WAIT, OPTION_ONCE };

static const struct option options[] = {
    {"help", no_argument, NULL, OPTION_HELP},       {"json", no_argument, NULL, OPTION_JSON},
    {"dry-run", no_argument, NULL, OPTION_DRY_RUN}, {"no-wait", no_argument, NULL, OPTION_NO_WAIT},
    {"once", required_argument, NULL, OPTION_ONCE}, {NULL, 0, NULL, 0},
};

static void print_help(FILE *out)
{
    fputs("shopctl ad - campaigns, for the shop's keeper\n\n", out);
    for (size_t i = 0; i < WORDS; i++)
        fprintf(out, "  shopctl ad %s %s\n      %s\n", words[i].name, words[i].input, words[i].help);
    fputs(
        "\n"
        "  --json       report: as JSON\n"
        "  --dry-run    run, stop: say what would be said, and say nothing to the shop\n"
        "  --no-wait    run, stop: do not wait for the answers\n"
        "  --once MARKS  run: not when the file MARKS remembers FILE as it is; it does from now on\n\n"
        "A file is {\"campaigns\": [{\"id\": \"mugs\", \"text\": \"...\", \"product\": \"6E92ZMYYFZ\", \"daily_budget\": \"5.00\",\n"
        "...}]}; services/ad/README.md names all fields. Amounts are in US dollars, days are those of UTC.\n"
        "Exit code 3: a campaign was refused, and the answer says why.\n",
        out);
}

static bool read_line(struct ad_call *call, const struct word *word, int argc, char **argv, bool *help)
{
    int option;

    call->word = word->name;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        *help = option == OPTION_HELP;
        if (*help)
            return true;
        if (option == '?')
            return false;
        call->json |= option == OPTION_JSON;
        call->dry_run |= option == OPTION_DRY_RUN;
        call->no_wait |= option == OPTION_NO_WAIT;
        call->marks = option == OPTION_ONCE ? optarg : call->marks;
    }
    for (; optind < argc && call->operand_count < AD_CALL_OPERANDS; optind++)
        call->operands[call->operand_count++] = argv[optind];
    if (optind == argc && call->operand_count >= word->least && call->operand_count <= word->most)
        return true;
    complain("it is: shopctl ad %s %s", word->name, word->input);
    return false;
}

enum exit_code ad(int argc, char **argv)
{
    struct ad_call call = {0};
    const struct word *word = NULL;
    struct arena arena;
    enum exit_code code;
    bool help = argc > 1 && strcmp(argv[1], "--help") == 0;

    for (size_t i = 0; argc > 1 && i < WORDS; i++)
        if (strcmp(argv[1], words[i].name) == 0)
            word = &words[i];
    if (word && !read_line(&call, word, argc - 1, argv + 1, &help))
        return EXIT_USAGE;
    if (help || !word) {
        print_help(help ? stdout : stderr);
        return help ? EXIT_DONE : EXIT_USAGE;
    }
    arena_init(&arena);
    code = word->run(&call, &arena);
    hear_close();
    say_close();
    arena_release(&arena);
    return code;
}

bool ad_micros(const char *text, int64_t *micros)
{
    int decimals = -1, digits = 0;

    *micros = 0;
    for (; *text; text++) {
        if (*text == '.' && decimals < 0 && digits > 0) {
            decimals = 0;
            continue;
        }
        if (*text < '0' || *text > '9' || ++digits > 12 || (decimals >= 0 && ++decimals > 6))
            return false;
        *micros = *micros * 10 + *text - '0';
    }
    for (int i = decimals < 0 ? 0 : decimals; i < 6; i++)
        *micros *= 10;
    return digits > 0 && decimals != 0;
}
