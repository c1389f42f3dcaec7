/* check.c - whether a request is one that every server and proxy on its way would read alike. Pure: it sees text and
 * counts; nothing here allocates. */
#include "gateway/check.h"

#include <strings.h>

enum { MAX_METHOD_BYTES = 32 };

static bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Whether every character is a letter, a digit or one of others; an empty text is not. */
static bool is_made_of(struct str text, const char *others)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_letter_or_digit(text.ptr[i]) && (text.ptr[i] == 0 || strchr(others, text.ptr[i]) == NULL))
            return false;
    return text.len > 0;
}

bool check_first_bytes(struct str came)
{
    size_t at = 0, blank;

    while (at < came.len && (came.ptr[at] == '\r' || came.ptr[at] == '\n')) /* the end of what nobody sent */
        at++;
    for (blank = at; blank < came.len && came.ptr[blank] != ' '; blank++)
        if (!is_made_of((struct str){came.ptr + blank, 1}, "!#$%&'*+-.^_`|~") || blank - at == MAX_METHOD_BYTES)
            return false;
    if (blank == at)
        return blank == came.len;
    for (at = blank; at < came.len && came.ptr[at] != '\r' && came.ptr[at] != '\n'; at++)
        if ((unsigned char)came.ptr[at] < 0x20)
            return false;
    return true;
}

/* RFC 9110, field-value: visible characters, blanks, tabs, and bytes above ASCII. */
static bool is_field_value(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if ((c < 0x20 && c != '\t') || c == 0x7F)
            return false;
    }
    return true;
}

static bool refuse(struct check *check, unsigned status, const char *because)
{
    if (check->status == 0) {
        check->status = status;
        check->because = because;
    }
    return false;
}

static bool is_name(struct str name, const char *wanted)
{
    return name.len == strlen(wanted) && strncasecmp(name.ptr, wanted, name.len) == 0;
}

static bool check_length(struct check *check, struct str value)
{
    check->lengths++;
    if (value.len == 0 || value.len > 18)
        return refuse(check, value.len ? 413 : 400, "The length of the body is no number that we could take.");
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] < '0' || value.ptr[i] > '9')
            return refuse(check, 400, "The length of the body is not a number.");
        check->content_length = check->content_length * 10 + (unsigned)(value.ptr[i] - '0');
    }
    return true;
}

bool check_header(struct check *check, struct str name, struct str value)
{
    check->count++;
    check->bytes += name.len + value.len + 4;
    if (check->count > CHECK_MAX_HEADERS || check->bytes > CHECK_MAX_HEADER_BYTES)
        return refuse(check, 431, "The request has too many headers, or too long ones.");
    if (!is_made_of(name, "!#$%&'*+-.^_`|~"))
        return refuse(check, 400, "A header's name has a character that no name has.");
    if (!is_field_value(value))
        return refuse(check, 400, "A header's value has a control character.");
    if (is_name(name, "Host")) {
        check->hosts++;
        if (!is_made_of(value, "-._:[]"))
            return refuse(check, 400, "The host is not a name.");
    }
    if (is_name(name, "Content-Length") && !check_length(check, value))
        return false;
    if (is_name(name, "Transfer-Encoding")) {
        check->encodings++;
        if (!is_name(value, "chunked"))
            return refuse(check, 400, "We read no transfer encoding but chunked.");
    }
    return true;
}

bool check_headers_end(struct check *check, size_t came_bytes)
{
    static const char frame[] = "  HTTP/1.1\r\n\r\n";

    if (came_bytes > check->bytes + sizeof frame - 1)
        refuse(check, 400, "There is something between the headers that is none.");
    if (check->hosts > 1 || check->lengths > 1 || check->encodings > 1)
        refuse(check, 400, "A header that may stand once stands twice.");
    if (check->lengths && check->encodings)
        refuse(check, 400, "A body has a length or comes in chunks, not both.");
    if (check->content_length > CHECK_MAX_BODY_BYTES)
        refuse(check, 413, "The body is longer than any form of ours.");
    return check->status == 0;
}

bool check_has_body(const struct check *check)
{
    return check->content_length > 0 || check->encodings > 0;
}

/* RFC 3986: a % is followed by two hex digits, and never stands for NUL. */
static bool is_escape(struct str text, size_t at)
{
    static const char digits[] = "0123456789abcdefABCDEF";

    if (at + 2 >= text.len || text.ptr[at + 1] == 0 || text.ptr[at + 2] == 0)
        return false;
    return strchr(digits, text.ptr[at + 1]) && strchr(digits, text.ptr[at + 2]) &&
           !(text.ptr[at + 1] == '0' && text.ptr[at + 2] == '0');
}

unsigned check_target(struct str target)
{
    if (target.len > CHECK_MAX_TARGET_BYTES)
        return 414;
    if (target.len == 0 || target.ptr[0] != '/')
        return 400;
    for (size_t i = 0; i < target.len; i++) {
        struct str one = {target.ptr + i, 1};

        if (!is_made_of(one, "/?-._~!$&'()*+,;=:@%"))
            return 400;
        if (target.ptr[i] == '%' && !is_escape(target, i))
            return 400;
    }
    return 0;
}
