/* shopctl.h - the operator's tool: one file a command, and what they share. */
#ifndef SHOPCTL_SHOPCTL_H
#define SHOPCTL_SHOPCTL_H

#include "base/status.h"
#include "msg/msg.h"

enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1, /* the shop did not take it: try again */
    EXIT_USAGE = 2   /* the command or its input makes no sense */
};

/* argv[0] is the command's name. Prints its own errors by complain(). */
typedef enum exit_code command_fn(int argc, char **argv);

/* "shopctl: ..." on standard error */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* --- seed.c ------------------------------------------------------------------------------------------------------- */

/* seed FILE: publishes AddProduct for every product of the file. The same file again changes nothing. */
command_fn seed;

/* --- say.c: commands on their way to Kafka -------------------------------------------------------------------------- */

/* Connects to APP_KAFKA. ST_FATAL when the settings are wrong. */
enum status say_open(struct err *err) must_check;

/* Queues one message. Its id follows from name: the same name is the same message, and is heard once. */
void say(enum msg_type type, const void *body, struct str name);

/* Until the broker has acknowledged all of them: ST_OK. ST_RETRY after APP_PATIENCE; ST_REJECT: it refused one. */
enum status say_wait(struct err *err) must_check;

void say_close(void);

#endif
