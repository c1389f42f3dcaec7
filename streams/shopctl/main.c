/* main.c - shopctl, the operator's tool: finds the command and runs it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/crash.h"
#include "base/log.h"
#include "streams/shopctl/shopctl.h"

static const struct command {
    const char *name, *input, *help;
    command_fn *run;
} commands[] = {
    {"seed", "[--wait] FILE", "offer the products of a JSON file; again, it changes nothing", seed},
    {"product", "WORD", "one product: add, price, restock, retire; list, show, history", product},
    {"rates", "[WORD]", "the exchange rates: show, held (offered and not believed), accept CURRENCY", rates},
    {"ad", "WORD", "campaigns: run, stop, report", ad},
    {"experiment", "[--json]", "the two strategies of recommendation, compared", experiment},
    {"why", "ORDER", "an order's story, what it waits for, and what would happen next", why},
    {"audit", "[--as-of TIME]", "do money, goods and orders balance? from the topics alone", audit},
    {"lag", "[--max N]", "who is behind, by how much, since when, and why", lag},
    {"topics", "[--all]", "the topics, as they should be and as the broker has them", topics},
    {"positions", "[--json]", "where each reader stands in each partition", positions},
    {"parked", "WORD", "what no service could take: list, show, redrive, drop", parked},
    {"dead", "WORD", "records that were no message to a reader: list, show, redrive, drop", dead},
    {"replay", "--reader R ...", "a reader hears the past again, with nobody outside being asked", replay},
    {"digest", "[SERVICE...]", "what the services know: rows and a SHA-256, table by table", digest},
    {"rebuild", "SERVICE", "a service's state is dropped and folded again from the topics, and compared", rebuild},
    {"schema", "WORD", "check: may a changed schema be published? publish", schema},
    {"forget", "CUSTOMER", "nobody is to be able to read any more who they were; prints the certificate", forget},
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

void complain(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("shopctl: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

void complain_of_file(const char *path, int line, const char *what)
{
    if (line < 1)
        complain("%s: %s", path, what);
    else
        complain("%s, line %d: %s", path, line, what);
}

enum exit_code give_up(enum status status, const struct err *err)
{
    complain("%s", err->text);
    return status == ST_FATAL ? EXIT_USAGE : EXIT_FAILED;
}

static void print_help(FILE *out)
{
    fputs("shopctl - tells the shop what its keeper wants\n\n", out);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  shopctl %s %-8s %s\n", commands[i].name, commands[i].input, commands[i].help);
    fputs(
        "\nAPP_KAFKA is a broker's address and port; APP_PATIENCE (30s) how long it may take to acknowledge, or to answer.\n"
        "Exit code 0: done. 1: the shop did not take it, or did not answer: try again. 2: the command or its input makes\n"
        "no sense. 3: the shop refuses it.\n",
        out);
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    struct err err;

    log_init("shopctl", "error");
    if (crash_asked(argc, argv))
        return EXIT_DONE;
    if (crash_arm(&err) != ST_OK)
        return (int)give_up(ST_FATAL, &err);
    if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) {
        print_help(stdout);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    if (name[0])
        complain("there is no command %s", name);
    print_help(stderr);
    return EXIT_USAGE;
}
