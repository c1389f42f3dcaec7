/* utf8.h - whether text is UTF-8, as Avro's strings must be. */
#ifndef MSG_UTF8_H
#define MSG_UTF8_H

#include <stdbool.h>

#include "base/str.h"

/* No overlong forms, no surrogates, nothing above U+10FFFF. Text that comes from outside is checked before it is said:
 * a string that is not UTF-8 is refused by every reader. */
bool utf8_valid(struct str text);

/* UTF-8, and none of its control characters (U+0000 to U+001F, U+007F to U+009F): no ends of lines either. */
bool utf8_plain(struct str text);

/* Bytes of the character at the beginning of text, 1-4; 0 when it is none. text is not empty. */
size_t utf8_length(struct str text);

#endif
