/* json.h - writing JSON into a buffer. */
#ifndef LOADGENERATOR_JSON_H
#define LOADGENERATOR_JSON_H

#include <inttypes.h>

#include "base/out.h"

/* printf at the buffer's end. */
void json_format(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "text", with its quotes; what is no UTF-8 becomes question marks. */
void json_text(struct out *out, struct str text);

#endif
