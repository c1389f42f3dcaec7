/* product_write.c - a keeper's command: read what is known, say it, wait for the event that answers it.
 *
 * The answer carries the command's id as its correlation. The same id said again is heard once, and finds its answer. */
#include <stdio.h>
#include <stdlib.h>

#include "base/money.h"
#include "msg/offer.h"
#include "msg/utf8.h"
#include "streams/shopctl/product.h"

/* The command as a message. */
struct saying {
    enum msg_type type;
    union {
        struct add_product add;
        struct change_price price;
        struct restock restock;
        struct retire_product retire;
    } body;
};

struct answer {
    const struct product_call *call;
    struct product_book *book;
    struct msg heard; /* a copy, in the book's arena */
    bool there;
};

/* --- from the command line to the message ------------------------------------------------------------------------- */

static bool wrong(const char *what, const char *text)
{
    complain("%s: %s", text, what);
    return false;
}

/* Nobody gives a thing away by a slip of the finger. */
static bool is_meant(const struct product_call *call, int64_t price_minor)
{
    return price_minor > 0 || call->free || wrong("for nothing? then with --free", call->id);
}

static bool read_add(const struct product_call *call, struct add_product *body)
{
    const char *currency = call->currency ? call->currency : "USD";
    const char *picture = call->picture ? call->picture : "/static/favicon.svg";
    const char *fault;

    *body = (struct add_product){.product_id = str_of(call->id),
                                 .name = str_of(call->name),
                                 .description = str_of(call->description),
                                 .picture = str_of(picture),
                                 .categories = {call->categories, call->category_count},
                                 .currency = str_of(currency)};
    if (!call->price || !product_amount(call->price, body->currency, &body->price_minor))
        return wrong("a price is needed, like --price 24.99", call->price ? call->price : call->id);
    if (!is_meant(call, body->price_minor))
        return false;
    if (!product_number(call->weight ? call->weight : "500", 0, &body->weight_grams) ||
        !product_number(call->volume ? call->volume : "0", 0, &body->volume_cm3) ||
        !product_number(call->stock ? call->stock : "0", 0, &body->quantity))
        return wrong("weight, volume and stock are whole numbers, 0 or more", call->id);
    fault = offer_fault(body);
    return !fault || wrong(fault, utf8_plain(body->product_id) ? call->id : "add");
}

/* known may be NULL: the catalogue then says that there is no such product. */
static bool read_command(const struct product_call *call, const struct product_updated *known, struct saying *saying)
{
    struct str id = str_of(call->id);

    if (strcmp(call->word, "add") == 0) {
        saying->type = MSG_ADD_PRODUCT;
        return read_add(call, &saying->body.add);
    }
    if (strcmp(call->word, "price") == 0) {
        saying->type = MSG_CHANGE_PRICE;
        saying->body.price.product_id = id;
        return (product_amount(call->operand, known ? known->currency : STR("USD"), &saying->body.price.price_minor) ||
                wrong("that is no price in the product's currency", call->operand)) &&
               is_meant(call, saying->body.price.price_minor);
    }
    if (strcmp(call->word, "restock") == 0) {
        saying->type = MSG_RESTOCK;
        saying->body.restock.product_id = id;
        return product_number(call->operand, 1, &saying->body.restock.quantity) ||
               wrong("the number of pieces is 1 or more", call->operand);
    }
    saying->type = MSG_RETIRE_PRODUCT;
    saying->body.retire.product_id = id;
    return true;
}

/* --- what came of it ---------------------------------------------------------------------------------------------- */

struct str product_sentence(enum msg_type type, const void *body, const struct product_updated *known,
                            struct arena *arena)
{
    struct str currency = known ? known->currency : STR("USD");
    struct str now, was;

    switch (type) {
    case MSG_PRODUCT_ADDED: {
        const struct product_added *added = body;

        now = money_text(added->price_minor, added->currency, arena);
        return arena_printf(arena, STR_FMT " is offered for " STR_FMT ", with %d pieces.", STR_ARG(added->name),
                            STR_ARG(now), (int)added->quantity);
    }
    case MSG_PRICE_CHANGED:
        now = money_text(((const struct price_changed *)body)->price_minor, currency, arena);
        was = money_text(((const struct price_changed *)body)->was_minor, currency, arena);
        return arena_printf(arena, "It costs " STR_FMT " now, not " STR_FMT ".", STR_ARG(now), STR_ARG(was));
    case MSG_RESTOCKED:
        return arena_printf(arena, "%d more pieces are on the shelf.", (int)((const struct restocked *)body)->quantity);
    case MSG_PRODUCT_RETIRED:
        return STR("It is sold no more.");
    case MSG_PRODUCT_COMMAND_REFUSED: {
        const struct product_command_refused *refused = body;

        return arena_printf(arena, STR_FMT " was refused. " STR_FMT, STR_ARG(refused->command),
                            STR_ARG(refused->detail));
    }
    default:
        return str_of(msg_type_name(type));
    }
}

void product_print_event(const struct msg *heard, struct arena *arena)
{
    struct str time = product_time(heard->time_ms, arena);
    struct str id = id_text(&heard->correlation, arena);
    struct str body = msg_json(heard->type, heard->body, arena);

    printf("{\"event\":\"%s\",\"time\":\"" STR_FMT "\",\"command_id\":\"" STR_FMT "\",\"said\":" STR_FMT "}",
           msg_type_name(heard->type), STR_ARG(time), STR_ARG(id), STR_ARG(body));
}

static void hear(void *context, const struct msg *heard)
{
    struct answer *answer = context;
    struct arena *arena = &answer->book->arena;

    shelf_learn(answer->book->shelf, heard->type, heard->body);
    if (heard->topic != TOPIC_CATALOG_EVENTS || !id_equal(&heard->correlation, &answer->call->command))
        return;
    answer->heard = *heard;
    answer->heard.key = arena_copy(arena, heard->key);
    answer->heard.body = msg_decode_own(heard->type, msg_encode(heard->type, heard->body, arena), arena);
    answer->there = true;
}

static enum exit_code tell(const struct answer *answer)
{
    const struct product_call *call = answer->call;
    struct arena *arena = &answer->book->arena;
    const struct product_updated *known = shelf_product(answer->book->shelf, str_of(call->id));
    bool refused = answer->heard.type == MSG_PRODUCT_COMMAND_REFUSED;
    struct str text = product_sentence(answer->heard.type, answer->heard.body, known, arena);

    if (call->json) {
        product_print_event(&answer->heard, arena);
        putchar('\n');
    } else if (refused) {
        complain("%s: " STR_FMT, call->id, STR_ARG(text));
    } else {
        printf("%s: " STR_FMT "\n", call->id, STR_ARG(text));
    }
    return refused ? EXIT_REFUSED : EXIT_DONE;
}

/* --- saying it ---------------------------------------------------------------------------------------------------- */

/* What can be told without asking. */
static enum exit_code rehearse(const struct product_call *call, const struct saying *saying,
                               const struct product_updated *known, struct arena *arena)
{
    struct str json = msg_json(saying->type, &saying->body, arena);
    bool adds = saying->type == MSG_ADD_PRODUCT;

    if (!known && !adds) {
        complain("%s: there is no such product", call->id);
        return EXIT_REFUSED;
    }
    if (known && (adds || (known->retired && saying->type != MSG_RESTOCK))) {
        complain("%s: it is %s already", call->id, known->retired ? "retired" : "offered");
        return EXIT_REFUSED;
    }
    printf("Would say %s " STR_FMT "\n", msg_type_name(saying->type), STR_ARG(json));
    return EXIT_DONE;
}

static enum exit_code say_it(struct answer *answer, const struct saying *saying)
{
    struct arena *arena = &answer->book->arena;
    struct str id = id_text(&answer->call->command, arena);
    struct err err;
    enum status status;

    say_as(saying->type, &saying->body, &answer->call->command);
    status = say_wait(&err);
    if (status == ST_OK)
        status = hear_until(&answer->there, 0, &err);
    if (status == ST_OK)
        return tell(answer);
    complain("%s: %s. The catalogue may still hear it; to ask again without doing it twice: --command-id " STR_FMT,
             answer->call->id, err.text, STR_ARG(id));
    return EXIT_FAILED;
}

enum exit_code product_write(const struct product_call *call, struct product_book *book)
{
    static const enum topic topics[] = {TOPIC_CATALOG_EVENTS, TOPIC_PRODUCT_STATE};
    struct answer answer = {.call = call, .book = book};
    const struct product_updated *known;
    struct saying saying = {0};
    struct err err;
    enum status status;

    /* Only a price needs to know the product, for its currency. */
    if (strcmp(call->word, "price") != 0 && !read_command(call, NULL, &saying))
        return EXIT_USAGE;
    status = say_open(&err);
    if (status == ST_OK)
        status = hear_all(topics, 2, hear, &answer, &err);
    if (status != ST_OK)
        return give_up(status, &err);
    if (answer.there)
        return tell(&answer);
    known = shelf_product(book->shelf, str_of(call->id));
    if (!read_command(call, known, &saying))
        return EXIT_USAGE;
    return call->dry_run ? rehearse(call, &saying, known, &book->arena) : say_it(&answer, &saying);
}
