/* recall.h - where an order went to, opened again for its own shopper: so that a declined card costs no second typing.
 *
 * Names and addresses lie sealed in orders; the gateway is one of the readers of their keys, and keeps keys in memory
 * only. What is opened lives as long as the request that asked. */
#ifndef GATEWAY_RECALL_H
#define GATEWAY_RECALL_H

#include "gateway/forget/sayer.h"
#include "gateway/order_form.h"
#include "run/kafka.h"

struct recall;

/* folder holds gateway.private.pem; ST_FATAL when it does not. Begins to read customer.keys. Through sayer, a forgotten key
 * of which an older version was said after it is forgotten again. */
enum status recall_open(struct event_base *base, const struct kafka *kafka, const char *folder, struct sayer *sayer,
                        struct recall **recall, struct err *err) must_check;
void recall_close(struct recall *recall);

/* A form with the address and carrier of an order, and no card. False when its key is not known (any more). order is of
 * the form's own shopper: that is for the caller to know. */
bool recall_form(struct recall *recall, const struct order *order, struct str order_id, int year,
                 struct order_form *form, struct arena *arena);

#endif
