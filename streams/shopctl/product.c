/* product.c - shopctl product: its words and options, and what several of them need. */
#include "streams/shopctl/product.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/money.h"
#include "msg/utf8.h"

enum {
    OPTION_HELP,
    OPTION_JSON,
    OPTION_DRY_RUN,
    OPTION_COMMAND_ID,
    OPTION_ALL,
    OPTION_FREE,
    OPTION_CATEGORY,
    OPTION_NAME,
    OPTION_PRICE,
    OPTION_CURRENCY,
    OPTION_DESCRIPTION,
    OPTION_PICTURE,
    OPTION_WEIGHT,
    OPTION_VOLUME,
    OPTION_STOCK
};

/* Of an option: which words take it. */
#define TAKES(option) (1u << (option))
#define TAKES_WRITING (TAKES(OPTION_JSON) | TAKES(OPTION_DRY_RUN) | TAKES(OPTION_COMMAND_ID))
#define TAKES_PRODUCT                                                                                  \
    (TAKES(OPTION_CATEGORY) | TAKES(OPTION_NAME) | TAKES(OPTION_PRICE) | TAKES(OPTION_CURRENCY) |      \
     TAKES(OPTION_DESCRIPTION) | TAKES(OPTION_PICTURE) | TAKES(OPTION_WEIGHT) | TAKES(OPTION_VOLUME) | \
     TAKES(OPTION_STOCK))
#define TAKES_LIST (TAKES(OPTION_JSON) | TAKES(OPTION_ALL) | TAKES(OPTION_CATEGORY))

static const struct word {
    const char *name, *input, *help;
    product_fn *run;
    int operands;
    unsigned takes;
} words[] = {
    {"add", "ID --name TEXT --price AMOUNT", "offer a new product", product_write, 1,
     TAKES_WRITING | TAKES_PRODUCT | TAKES(OPTION_FREE)},
    {"price", "ID AMOUNT", "another price, for orders to come", product_write, 2, TAKES_WRITING | TAKES(OPTION_FREE)},
    {"restock", "ID PIECES", "pieces that have arrived", product_write, 2, TAKES_WRITING},
    {"retire", "ID", "sell it no more", product_write, 1, TAKES_WRITING},
    {"list", "", "what is sold, for how much", product_list, 0, TAKES_LIST},
    {"show", "ID", "all that pages know of a product", product_show, 1, TAKES(OPTION_JSON)},
    {"history", "ID", "what became of it, its prices among them", product_history, 1, TAKES(OPTION_JSON)},
};

enum { WORDS = sizeof(words) / sizeof(words[0]) };

static const struct option options[] = {
    {"help", no_argument, NULL, OPTION_HELP},
    {"json", no_argument, NULL, OPTION_JSON},
    {"dry-run", no_argument, NULL, OPTION_DRY_RUN},
    {"command-id", required_argument, NULL, OPTION_COMMAND_ID},
    {"all", no_argument, NULL, OPTION_ALL},
    {"free", no_argument, NULL, OPTION_FREE},
    {"category", required_argument, NULL, OPTION_CATEGORY},
    {"name", required_argument, NULL, OPTION_NAME},
    {"price", required_argument, NULL, OPTION_PRICE},
    {"currency", required_argument, NULL, OPTION_CURRENCY},
    {"description", required_argument, NULL, OPTION_DESCRIPTION},
    {"picture", required_argument, NULL, OPTION_PICTURE},
    {"weight", required_argument, NULL, OPTION_WEIGHT},
    {"volume", required_argument, NULL, OPTION_VOLUME},
    {"stock", required_argument, NULL, OPTION_STOCK},
    {NULL, 0, NULL, 0},
};

static void print_help(FILE *out)
{
    fputs("shopctl product - the catalogue, for its keeper\n\n", out);
    for (size_t i = 0; i < WORDS; i++)
        fprintf(out, "  shopctl product %s %s\n      %s\n", words[i].name, words[i].input, words[i].help);
    fputs("\n"
          "  --json               data, or the event that answers, as JSON\n"
          "  --dry-run            add, price, restock, retire: say what would be said, and say nothing to the shop\n"
          "  --command-id UUID    the same command once more, after it was not answered: it is heard once\n"
          "  --all                list: what is retired, too\n"
          "  --category WORD      list: only of this category; add: a category, as often as there are some\n"
          "  --currency CODE      add: of the price (USD)\n"
          "  --description TEXT   add (empty)       --picture PATH   add: below /static (/static/favicon.svg)\n"
          "  --weight GRAMS       add (500)         --volume CM3     add: packed (0: not measured)\n"
          "  --stock PIECES       add (0)           --free           add, price: a price of 0 is meant\n\n"
          "A command waits for the catalogue's answer. Exit code 3: it is refused, and the answer says why.\n",
          out);
}

/* A category: neither blank nor a list. */
static bool is_word(const char *value)
{
    return value[strspn(value, " ")] && !strchr(value, ',') && utf8_plain(str_of(value));
}

/* False when it makes no sense (said). */
static bool take_option(struct product_call *call, int option, const char *value)
{
    const char **texts[] = {
        [OPTION_NAME] = &call->name,         [OPTION_PRICE] = &call->price,
        [OPTION_CURRENCY] = &call->currency, [OPTION_DESCRIPTION] = &call->description,
        [OPTION_PICTURE] = &call->picture,   [OPTION_WEIGHT] = &call->weight,
        [OPTION_VOLUME] = &call->volume,     [OPTION_STOCK] = &call->stock,
    };

    if (option >= OPTION_NAME && option <= OPTION_STOCK) {
        *texts[option] = value;
    } else if (option == OPTION_JSON) {
        call->json = true;
    } else if (option == OPTION_DRY_RUN) {
        call->dry_run = true;
    } else if (option == OPTION_ALL) {
        call->all = true;
    } else if (option == OPTION_FREE) {
        call->free = true;
    } else if (option == OPTION_CATEGORY && call->category_count < PRODUCT_CATEGORIES && is_word(value)) {
        call->categories[call->category_count++] = str_of(value);
    } else if (option == OPTION_COMMAND_ID && id_parse(str_of(value), &call->command) && !id_is_zero(&call->command)) {
        call->has_command = true;
    } else {
        if (option == OPTION_COMMAND_ID || option == OPTION_CATEGORY)
            complain("'%s' is no good value of that option", utf8_plain(str_of(value)) ? value : "?");
        return false;
    }
    return true;
}

/* getopt would take "-5" for an option, and say so. */
static bool is_negative(const struct word *word, int argc, char **argv)
{
    for (int i = 1; i < argc && word->operands == 2; i++)
        if (argv[i][0] == '-' && argv[i][1] >= '0' && argv[i][1] <= '9') {
            complain("%s: a number of pieces is 1 or more, a price 0 or more", argv[i]);
            return true;
        }
    return false;
}

/* Everything behind the word. */
static bool read_line(struct product_call *call, const struct word *word, int argc, char **argv, bool *help)
{
    int option;

    call->word = word->name;
    if (is_negative(word, argc, argv))
        return false;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        *help = option == OPTION_HELP;
        if (*help)
            return true;
        if (option != '?' && !(word->takes & TAKES(option))) {
            complain("%s takes no such option: %s", word->name, options[option].name);
            return false;
        }
        if (!take_option(call, option, optarg ? optarg : ""))
            return false;
    }
    if (argc - optind != word->operands) {
        complain("it is: shopctl product %s %s", word->name, word->input);
        return false;
    }
    call->id = word->operands > 0 ? argv[optind] : "";
    call->operand = word->operands > 1 ? argv[optind + 1] : "";
    if (strlen(call->id) > 64 || strchr(call->id, ' ') || (word->operands && !call->id[0]) ||
        !utf8_plain(str_of(call->id))) {
        complain("an id is 1 to 64 bytes of UTF-8 without blanks");
        return false;
    }
    if (!call->has_command)
        call->command = id_random();
    return true;
}

enum exit_code product(int argc, char **argv)
{
    struct product_call call = {0};
    struct product_book book = {0};
    const struct word *word = NULL;
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
    book.shelf = shelf_open();
    arena_init(&book.arena);
    code = word->run(&call, &book);
    hear_close();
    say_close();
    arena_release(&book.arena);
    shelf_close(book.shelf);
    return code;
}

/* --- what several need -------------------------------------------------------------------------------------------- */

struct str product_time(int64_t time_ms, struct arena *arena)
{
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm tm;
    char text[32];

    gmtime_r(&seconds, &tm);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    return arena_copy(arena, str_of(text));
}

bool product_amount(const char *text, struct str currency, int64_t *minor)
{
    int decimals = -1, exponent = money_exponent(currency), digits = 0;

    *minor = 0;
    for (; *text; text++) {
        if (*text == '.' && decimals < 0 && digits > 0) {
            decimals = 0;
            continue;
        }
        if (*text < '0' || *text > '9' || ++digits > 12 || (decimals >= 0 && ++decimals > exponent))
            return false;
        *minor = *minor * 10 + *text - '0';
    }
    for (int i = decimals < 0 ? 0 : decimals; i < exponent; i++)
        *minor *= 10;
    return digits > 0 && decimals != 0;
}

bool product_number(const char *text, int32_t least, int32_t *number)
{
    char *end;
    long value = strtol(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end || value < least || value > INT32_MAX)
        return false;
    *number = (int32_t)value;
    return true;
}
