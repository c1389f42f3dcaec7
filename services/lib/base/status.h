/* status.h - what a caller must do next, and one sentence that says why. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#define must_check __attribute__((warn_unused_result))

enum status {
    ST_OK,     /* go on */
    ST_RETRY,  /* the world was busy: roll back, back off, the same message again */
    ST_REJECT, /* this message can never succeed: park it */
    ST_FATAL   /* this process cannot be trusted: exit */
};

/* The sentence of a failure. A fallible function takes one last and fills it; it does not log. */
struct err {
    char text[512];
};

/* Fills err (which may be NULL) and returns status, so that a failure is one line:
 * `return err_set(err, ST_RETRY, "the database at %s does not answer", host);` */
enum status err_set(struct err *err, enum status status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* "ok", "retry", "reject", "fatal". */
const char *status_name(enum status status);

#endif
