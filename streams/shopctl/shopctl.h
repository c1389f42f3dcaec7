/* shopctl.h - the operator's tool: one file a command, and what they share. */
#ifndef SHOPCTL_SHOPCTL_H
#define SHOPCTL_SHOPCTL_H

#include <sys/time.h>

#include "base/status.h"
#include "msg/msg.h"

struct event_base;
struct kafka;

enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1, /* the shop did not take it, or did not answer: try again */
    EXIT_USAGE = 2,  /* the command or its input makes no sense */
    EXIT_REFUSED = 3 /* the shop says no, and why */
};

/* For a command that could not talk to the shop: prints err; EXIT_USAGE when a setting is wrong. */
enum exit_code give_up(enum status status, const struct err *err);

/* argv[0] is the command's name. Prints its own errors by complain(). */
typedef enum exit_code command_fn(int argc, char **argv);

/* "shopctl: ..." on standard error */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Of a file of JSON that was not read; line is below 1 when none of its lines is to blame. */
void complain_of_file(const char *path, int line, const char *what);

/* --- seed.c ------------------------------------------------------------------------------------------------------- */

/* seed [--wait] [--dry-run] [--json] FILE: publishes AddProduct for every product of the file. The same file again changes nothing. */
command_fn seed;

/* --- product.c ---------------------------------------------------------------------------------------------------- */

/* product add|price|restock|retire|list|show|history: the catalogue, for its keeper. */
command_fn product;

/* --- rates.c ------------------------------------------------------------------------------------------------------ */

/* rates [show|held|accept CURRENCY] [--json]: what currency has told, or has held back; a keeper lets it through. */
command_fn rates;

/* --- ad.c --------------------------------------------------------------------------------------------------------- */

/* ad run|stop|report: campaigns. */
command_fn ad;

/* --- experiment.c ------------------------------------------------------------------------------------------------- */

/* experiment [--json]: which strategy of recommendation is followed more, and whether that is more than chance. */
command_fn experiment;

/* --- why.c -------------------------------------------------------------------------------------------------------- */

/* why ORDER [--json]: an order's story, and what it waits for. */
command_fn why;

/* --- audit.c ------------------------------------------------------------------------------------------------------ */

/* audit [--as-of TIME] [--grace SECONDS] [--json]: do money, goods and orders balance? */
command_fn audit;

/* --- lag.c, topics.c, positions.c ---------------------------------------------------------------------------------------- */

/* lag [--reader R] [--max N] [--json]: who is behind, and why. */
command_fn lag;

/* topics [--all] [--json]: the list of topics against the broker. */
command_fn topics;

/* positions [--reader R] [--json]: the raw positions. */
command_fn positions;

/* --- parked.c ----------------------------------------------------------------------------------------------------- */

/* parked list|show|redrive|drop: what services could not take. */
command_fn parked;

/* --- dead.c ------------------------------------------------------------------------------------------------------- */

/* dead list|show|redrive|drop: records that were no message to a reader. */
command_fn dead;

/* --- replay.c ----------------------------------------------------------------------------------------------------- */

/* replay --reader R --from TIME|OFFSET: a reader hears the past again. */
command_fn replay;

/* --- digest.c, rebuild.c ------------------------------------------------------------------------------------------ */

/* digest [SERVICE...] [--json]: rows and a SHA-256 of each table. */
command_fn digest;

/* rebuild SERVICE|views [--dry-run] [--yes] [--json]: the state is dropped and folded again. */
command_fn rebuild;

/* --- schema.c ----------------------------------------------------------------------------------------------------- */

/* schema check|publish: by the generator of the source tree. */
command_fn schema;

/* --- forget.c ----------------------------------------------------------------------------------------------------- */

/* forget CUSTOMER: their keys are given up; the certificate of it. */
command_fn forget;

/* --- cluster.c ---------------------------------------------------------------------------------------------------- */

/* Before a command that writes: EXIT_REFUSED when KAFKA_CLUSTER names another cluster than APP_KAFKA is, EXIT_FAILED when that
 * does not say. Without KAFKA_CLUSTER nobody knows which is meant: EXIT_DONE, and nobody is asked. */
enum exit_code cluster_check(void);

/* --- hear.c: what the shop says ----------------------------------------------------------------------------------- */

typedef void hear_fn(void *context, const struct msg *heard);

/* Hears all of these topics, from their beginnings to their ends. After say_open. heard lives during the call only.
 * Tells how far it is when that takes longer than a second. ST_RETRY when nothing more came for APP_PATIENCE. */
enum status hear_all(const enum topic *topics, size_t count, hear_fn *hear, void *context, struct err *err) must_check;

/* Goes on hearing until *done; ST_RETRY after APP_PATIENCE and so much more: what the answer's own reading may take. */
enum status hear_until(const bool *done, int64_t more_ms, struct err *err) must_check;

/* Before say_close. Nothing happens when nothing was heard. */
void hear_close(void);

/* --- say.c: commands on their way to Kafka -------------------------------------------------------------------------- */

/* Reads the settings alone, for a command that says nothing. ST_FATAL when they are wrong. */
enum status say_load(struct err *err) must_check;

/* Connects to APP_KAFKA. ST_FATAL when the settings are wrong. */
enum status say_open(struct err *err) must_check;

/* The loop, the broker and APP_PATIENCE; after say_open (the last two after say_load, too). */
struct event_base *say_base(void);
const struct kafka *say_kafka(void);
struct timeval say_patience(void);

/* Queues one message of this id: its answers carry it as correlation. */
void say_as(enum msg_type type, const void *body, const struct id *id);

/* An id for what has this name: the same name is the same message, and is heard once. */
struct id say_id(struct str name);

/* Until the broker has acknowledged all of them: ST_OK. ST_RETRY after APP_PATIENCE; ST_REJECT: it refused one. */
enum status say_wait(struct err *err) must_check;

void say_close(void);

#endif
