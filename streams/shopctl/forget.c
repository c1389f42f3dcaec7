/* forget.c - shopctl forget: a customer's keys are given up, and what the shop knew of them; then the certificate. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "streams/shopctl/forget.h"

static const char help[] =
    "shopctl forget CUSTOMER [--dry-run] [--yes] [--by NAME] [--json]\n"
    "  CUSTOMER is a user id, the mail address of an account, or the id of an order (whoever ordered it).\n"
    "  Names and addresses in all of their orders become unreadable, for ever; account, sessions and cart are erased. The\n"
    "  amounts stay. Prints the certificate, the same one when it is asked for again,\n"
    "  and what it found when it looked into every database, Redis, the dead letters and (by LOGS_DIR) the logs.\n"
    "  --dry-run  tells who is meant, and how much there is\n"
    "  --yes      does not ask\n"
    "  --by NAME  who asks for it, for the certificate (otherwise USER)\n";

/* The gateway reads the same topics as we did, beside its other work. */
enum { GATEWAY_TIMES = 4 };

struct call {
    struct forget_case whom;
    const char *by;
    bool json, dry_run, yes, help;
};

static bool read_line(struct call *call, int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {"dry-run", no_argument, NULL, 'd'},
                                            {"yes", no_argument, NULL, 'y'},  {"by", required_argument, NULL, 'b'},
                                            {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        call->json = call->json || option == 'j';
        call->dry_run = call->dry_run || option == 'd';
        call->yes = call->yes || option == 'y';
        call->help = call->help || option == 'h';
        if (option == 'b')
            call->by = optarg;
        if (option == '?')
            return false;
    }
    if (call->help)
        return true;
    call->whom.asked = argv[optind];
    if (optind + 1 != argc)
        complain("it is: shopctl forget CUSTOMER [--dry-run] [--yes] [--by NAME] [--json]");
    return optind + 1 == argc;
}

static void tell(const struct call *call)
{
    const struct forget_case *whom = &call->whom;
    FILE *out = call->json ? stderr : stdout;

    fprintf(out, "Customer " STR_FMT ": %zu orders, %s account.\n", STR_ARG(whom->user_id), whom->orders,
            whom->has_account ? "an" : "no");
    if (whom->open)
        fprintf(
            out,
            "%zu of them have not ended: one whose address was not read yet is cancelled and given back; no mail tells of it.\n",
            whom->open);
}

static bool may_go_on(const struct call *call)
{
    char answer[16] = "";

    if (call->yes)
        return true;
    fprintf(stderr, "Nobody will ever read again who they were. Type yes to go on: ");
    return isatty(STDIN_FILENO) && fgets(answer, sizeof(answer), stdin) && strcmp(answer, "yes\n") == 0;
}

struct waiting {
    struct forget_case *whom;
    bool done;
};

static void hear_end(void *context, const struct msg *heard)
{
    struct waiting *waiting = context;

    forget_hear_paper(waiting->whom, heard);
    waiting->done = waiting->whom->paper != NULL;
}

/* The gateway answers when it has found all of it. */
static enum exit_code ask(struct call *call)
{
    static const enum topic events[] = {TOPIC_CUSTOMER_EVENTS};
    struct forget_case *whom = &call->whom;
    struct forget_customer body = {whom->user_id, str_of(call->by)};
    struct id id = say_id(arena_printf(&whom->arena, "forget|" STR_FMT, STR_ARG(whom->user_id)));
    struct waiting waiting = {whom, false};
    struct err err;
    enum status status;

    say_as(MSG_FORGET_CUSTOMER, &body, &id);
    status = say_wait(&err);
    if (status == ST_OK)
        status = hear_all(events, 1, hear_end, &waiting, &err);
    if (status == ST_OK && hear_until(&waiting.done, GATEWAY_TIMES * whom->reading_ms, &err) != ST_OK)
        status = err_set(
            &err, ST_RETRY,
            "it was asked for, and is not done yet: a gateway does it as soon as one is up and its database "
            "answers; the same command tells how far it is");
    hear_close();
    return status == ST_OK ? EXIT_DONE : give_up(status, &err);
}

static enum exit_code forget_customer(struct call *call)
{
    struct forget_case *whom = &call->whom;
    struct err err;
    enum status status = say_open(&err);
    enum exit_code code;

    if (status != ST_OK)
        return give_up(status, &err);
    if (databases_open(&whom->databases, &err) != ST_OK)
        whom->databases.count = 0; /* the topics are enough, but for mail addresses */
    code = forget_whom(whom);
    if (code != EXIT_DONE)
        return code;
    if (whom->paper == NULL) {
        tell(call);
        if (call->dry_run)
            return EXIT_DONE;
        if (!may_go_on(call)) {
            complain("nothing was done; --yes goes on without asking");
            return EXIT_USAGE;
        }
        code = ask(call);
    }
    return code == EXIT_DONE ? forget_print(whom, call->json) : code;
}

enum exit_code forget(int argc, char **argv)
{
    struct call call = {.by = getenv("USER")};
    enum exit_code code;

    if (!call.by || !call.by[0])
        call.by = "a keeper";
    if (!read_line(&call, argc, argv))
        return EXIT_USAGE;
    if (call.help) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    arena_init(&call.whom.arena);
    code = forget_customer(&call);
    hear_close();
    databases_close(&call.whom.databases);
    say_close();
    arena_release(&call.whom.arena);
    return code;
}
