/* main.c - shopctl, the operator's tool: finds the command and runs it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crash.h"
#include "base/log.h"
#include "streams/shopctl/shopctl.h"

/* writes: the words of the command that write something, "*": it always does, "": never. Each that does has --dry-run, and
 * is let go only when the cluster is the right one. tests/streams/shopctl_table_test.py tries all of this table. */
static const struct command {
    const char *name, *input, *help;
    command_fn *run;
    const char *writes;
} commands[] = {
    {"seed", "[--wait] FILE", "offer the products of a JSON file; again, it changes nothing", seed, "*"},
    {"product", "WORD", "one product: add, price, restock, retire; list, show, history", product,
     "add price restock retire"},
    {"rates", "[WORD]", "the exchange rates: show, held (offered and not believed), accept CURRENCY", rates, "accept"},
    {"ad", "WORD", "campaigns: run, stop, report", ad, "run stop"},
    {"experiment", "[--json]", "the two strategies of recommendation, compared", experiment, ""},
    {"why", "ORDER", "an order's story, what it waits for, and what would happen next", why, ""},
    {"audit", "[--as-of TIME]", "do money, goods and orders balance? from the topics alone", audit, ""},
    {"lag", "[--max N]", "who is behind, by how much, since when, and why", lag, ""},
    {"topics", "[--all]", "the topics, as they should be and as the broker has them", topics, ""},
    {"positions", "[--json]", "where each reader stands in each partition", positions, ""},
    {"parked", "WORD", "what no service could take: list, show, redrive, drop", parked, "redrive drop"},
    {"dead", "WORD", "records that were no message to a reader: list, show, redrive, drop", dead, "redrive drop"},
    {"replay", "--reader R ...", "a reader hears the past again, with nobody outside being asked", replay, "*"},
    {"digest", "[SERVICE...]", "what the services know: rows and a SHA-256, table by table", digest, ""},
    {"rebuild", "SERVICE", "a service's state is dropped and folded again from the topics, and compared", rebuild, "*"},
    {"schema", "WORD", "check: may a changed schema be published? publish", schema, "publish"},
    {"forget", "CUSTOMER", "nobody is to be able to read any more who they were; prints the certificate", forget, "*"},
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

static bool has_word(const char *words, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = words; len && (at = strstr(at, word)); at += len)
        if ((at == words || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
            return true;
    return false;
}

/* Would this line write? With --help or --dry-run it does not. */
static bool would_write(const struct command *command, int argc, char **argv)
{
    for (int i = 2; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "--dry-run") == 0)
            return false;
    return strcmp(command->writes, "*") == 0 || (argc > 2 && has_word(command->writes, argv[2]));
}

static enum exit_code run_command(const struct command *command, int argc, char **argv)
{
    enum exit_code code = would_write(command, argc, argv) ? cluster_check() : EXIT_DONE;

    return code == EXIT_DONE ? command->run(argc - 1, argv + 1) : code;
}

/* For the test of all of them: name, a tab, what of it writes. */
static enum exit_code print_commands(void)
{
    for (size_t i = 0; i < COMMANDS; i++)
        printf("%s\t%s\n", commands[i].name, commands[i].writes);
    return EXIT_DONE;
}

static void print_help(FILE *out)
{
    fputs("shopctl - tells the shop what its keeper wants\n\n", out);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  shopctl %s %-8s %s\n", commands[i].name, commands[i].input, commands[i].help);
    fputs(
        "\nAPP_KAFKA is a broker's address and port; APP_PATIENCE (30s) how long it may take to acknowledge, or to answer.\n"
        "KAFKA_CLUSTER is the id of the shop's cluster: what writes refuses any other. Each command has --help.\n"
        "Exit code 0: done. 1: the shop did not take it, or did not answer: try again. 2: the command or its input makes\n"
        "no sense. 3: the shop refuses it.\n",
        out);
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    struct err err;

    log_init("shopctl", "error");
    if (getenv("KAFKA_BOOTSTRAP"))
        setenv("APP_KAFKA", getenv("KAFKA_BOOTSTRAP"), 0); /* RUN/env's name for it */
    if (crash_asked(argc, argv))
        return EXIT_DONE;
    if (crash_arm(&err) != ST_OK)
        return (int)give_up(ST_FATAL, &err);
    if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) {
        print_help(stdout);
        return EXIT_DONE;
    }
    if (strcmp(name, "--commands") == 0)
        return print_commands();
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(name, commands[i].name) == 0)
            return run_command(&commands[i], argc, argv);
    if (name[0])
        complain("there is no command %s", name);
    print_help(stderr);
    return EXIT_USAGE;
}
