/* product.h - what the words of "shopctl product" share. */
#ifndef SHOPCTL_PRODUCT_H
#define SHOPCTL_PRODUCT_H

#include "msg/shelf.h"
#include "streams/shopctl/shopctl.h"

enum { PRODUCT_CATEGORIES = 16 };

/* A command line, read; texts live as long as it. */
struct product_call {
    const char *word, *id;
    const char *operand; /* the price of "price", the number of "restock" */
    const char *name, *price, *currency, *description, *picture, *weight, *volume, *stock;
    struct str categories[PRODUCT_CATEGORIES];
    size_t category_count;
    bool json, dry_run, all;
    bool free;         /* a price of 0 is no slip */
    bool has_command;  /* this id was given: the command is a repetition */
    struct id command; /* of the message */
};

/* What is known of the products, and the arena of what is printed. */
struct product_book {
    struct shelf *shelf;
    struct arena arena;
};

typedef enum exit_code product_fn(const struct product_call *call, struct product_book *book);

product_fn product_list, product_show, product_history; /* product_show.c */
product_fn product_write;                               /* product_write.c: add, price, restock, retire */

/* "2026-11-22T19:40:05Z" */
struct str product_time(int64_t time_ms, struct arena *arena);

/* What an event of catalog.events says, as a sentence; known may be NULL. */
struct str product_sentence(enum msg_type type, const void *body, const struct product_updated *known,
                            struct arena *arena);

/* The event as one line of JSON. */
void product_print_event(const struct msg *heard, struct arena *arena);

/* An amount as people type it, "24.99", in minor units; false when it is none of this currency. */
bool product_amount(const char *text, struct str currency, int64_t *minor);

/* A whole number from 0 (or least) to 2^31 - 1. */
bool product_number(const char *text, int32_t least, int32_t *number);

#endif
