/* reader.h - a mail as Python's email package reads it. */
#ifndef EMAIL_READER_H
#define EMAIL_READER_H

#include <jansson.h>

#include "base/str.h"

/* What read_mail.py found in it; the caller's to give back. */
json_t *read_mail(struct str mail);

/* A member of it that is a text. */
const char *text_of(json_t *seen, const char *name);

/* Fails the test unless the form is right, whatever the mail says. */
void check_form(json_t *seen);

#endif
