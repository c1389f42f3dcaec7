/* answer.c - the parts of an HTTP/1.1 answer, in order (RFC 9112). Pure. */
#include "services/loadgenerator/answer.h"

#include <strings.h>

void answer_init(struct answer *answer)
{
    *answer = (struct answer){.part = ANSWER_STATUS_LINE};
    out_init(&answer->location);
    out_init(&answer->set_cookies);
    out_init(&answer->body);
    out_init(&answer->line);
    answer_clear(answer);
}

void answer_clear(struct answer *answer)
{
    answer->status = 0;
    answer->keeps = true;
    answer->retry_after_s = -1;
    answer->part = ANSWER_STATUS_LINE;
    answer->head_bytes = 0;
    answer->left = 0;
    answer->has_length = answer->chunked = false;
    out_clear(&answer->location);
    out_clear(&answer->set_cookies);
    out_clear(&answer->body);
    out_clear(&answer->line);
}

void answer_release(struct answer *answer)
{
    out_release(&answer->location);
    out_release(&answer->set_cookies);
    out_release(&answer->body);
    out_release(&answer->line);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool read_length(struct str text, uint64_t *length)
{
    *length = 0;
    if (text.len == 0 || text.len > 15)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.ptr[i]))
            return false;
        *length = *length * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return true;
}

/* HTTP/1.1 200 OK; the reason may be missing. */
static bool read_status_line(struct answer *answer, struct str line)
{
    if (line.len < 12 || memcmp(line.ptr, "HTTP/1.", 7) != 0 || !is_digit(line.ptr[7]) || line.ptr[8] != ' ')
        return false;
    if (!is_digit(line.ptr[9]) || !is_digit(line.ptr[10]) || !is_digit(line.ptr[11]) ||
        (line.len > 12 && line.ptr[12] != ' '))
        return false;
    answer->status = (unsigned)((line.ptr[9] - '0') * 100 + (line.ptr[10] - '0') * 10 + (line.ptr[11] - '0'));
    answer->keeps = line.ptr[7] != '0';
    answer->part = ANSWER_HEADERS;
    return answer->status >= 100;
}

static bool is(struct str name, const char *word)
{
    return name.len == strlen(word) && strncasecmp(name.ptr, word, name.len) == 0;
}

static bool read_header(struct answer *answer, struct str line)
{
    const char *colon = memchr(line.ptr, ':', line.len);
    struct str name = {line.ptr, colon ? (size_t)(colon - line.ptr) : 0}, value;
    uint64_t number;

    if (name.len == 0 || memchr(name.ptr, ' ', name.len) || memchr(name.ptr, '\t', name.len))
        return false;
    value = (struct str){colon + 1, line.len - name.len - 1};
    while (value.len && (*value.ptr == ' ' || *value.ptr == '\t'))
        value = (struct str){value.ptr + 1, value.len - 1};
    while (value.len && (value.ptr[value.len - 1] == ' ' || value.ptr[value.len - 1] == '\t'))
        value.len--;
    if (is(name, "Content-Length")) {
        if (!read_length(value, &number) || (answer->has_length && number != answer->left))
            return false;
        answer->left = number;
        answer->has_length = true;
    } else if (is(name, "Transfer-Encoding")) {
        answer->chunked = is(value, "chunked");
        return answer->chunked;
    } else if (is(name, "Connection")) {
        answer->keeps = !is(value, "close") && (answer->keeps || is(value, "keep-alive"));
    } else if (is(name, "Location")) {
        out_clear(&answer->location);
        out_put_str(&answer->location, value);
    } else if (is(name, "Set-Cookie")) {
        out_put_str(&answer->set_cookies, value);
        out_put(&answer->set_cookies, "\n", 1);
    } else if (is(name, "Retry-After") && read_length(value, &number)) {
        answer->retry_after_s = (int64_t)number;
    }
    return true;
}

/* The empty line behind the headers: what follows? */
static bool end_headers(struct answer *answer)
{
    if (answer->chunked && answer->has_length)
        return false;
    if (answer->status < 200) { /* "go on", or hints: the answer itself comes behind it */
        answer->part = ANSWER_STATUS_LINE;
        return !answer->chunked && answer->left == 0;
    }
    if (answer->status == 204 || answer->status == 304) {
        answer->part = ANSWER_DONE;
    } else if (answer->chunked) {
        answer->part = ANSWER_CHUNK_SIZE;
    } else if (answer->has_length) {
        answer->part = answer->left ? ANSWER_BODY : ANSWER_DONE;
    } else {
        answer->part = ANSWER_UNTIL_CLOSE;
        answer->keeps = false;
    }
    return true;
}

/* In hexadecimal, extensions behind it. */
static bool read_chunk_size(struct answer *answer, struct str line)
{
    size_t used = 0;

    answer->left = 0;
    for (; used < line.len && used < 8; used++) {
        char c = line.ptr[used], lower = (char)(c | 0x20);

        if (is_digit(c))
            answer->left = answer->left * 16 + (uint64_t)(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            answer->left = answer->left * 16 + (uint64_t)(lower - 'a' + 10);
        else
            break;
    }
    if (used == 0 || (used < line.len && line.ptr[used] != ';' && line.ptr[used] != ' '))
        return false;
    answer->part = answer->left ? ANSWER_CHUNK : ANSWER_TRAILERS;
    return true;
}

static bool read_line(struct answer *answer, struct str line)
{
    if (line.len && line.ptr[line.len - 1] == '\r')
        line.len--;
    if (line.len && memchr(line.ptr, '\0', line.len))
        return false;
    switch (answer->part) {
    case ANSWER_STATUS_LINE:
        return read_status_line(answer, line);
    case ANSWER_HEADERS:
        return line.len ? read_header(answer, line) : end_headers(answer);
    case ANSWER_CHUNK_SIZE:
        return read_chunk_size(answer, line);
    case ANSWER_CHUNK_END:
        answer->part = ANSWER_CHUNK_SIZE;
        return line.len == 0;
    default: /* trailers say nothing to us */
        if (line.len == 0)
            answer->part = ANSWER_DONE;
        return true;
    }
}

/* Hears up to the end of a line. 0: it is no answer. */
static size_t hear_line(struct answer *answer, const char *bytes, size_t len)
{
    const char *end = memchr(bytes, '\n', len);
    size_t used = end ? (size_t)(end - bytes) + 1 : len;
    struct str line = {bytes, used - 1};

    answer->head_bytes += answer->part == ANSWER_CHUNK_SIZE || answer->part == ANSWER_CHUNK_END ? 0 : used;
    if (answer->head_bytes > ANSWER_MAX_HEAD_BYTES || answer->line.len > ANSWER_MAX_HEAD_BYTES)
        return 0;
    if (!end || answer->line.len) {
        out_put(&answer->line, bytes, end ? used - 1 : used);
        line = out_str(&answer->line);
    }
    if (!end)
        return used;
    if (!read_line(answer, line))
        return 0;
    out_clear(&answer->line);
    return used;
}

/* Hears content. 0: it is too big. */
static size_t hear_content(struct answer *answer, const char *bytes, size_t len)
{
    if (answer->part != ANSWER_UNTIL_CLOSE && len > answer->left)
        len = (size_t)answer->left;
    if (answer->body.len + len > ANSWER_MAX_BODY_BYTES)
        return 0;
    out_put(&answer->body, bytes, len);
    if (answer->part == ANSWER_UNTIL_CLOSE)
        return len;
    answer->left -= len;
    if (answer->left == 0)
        answer->part = answer->part == ANSWER_CHUNK ? ANSWER_CHUNK_END : ANSWER_DONE;
    return len;
}

enum answer_progress answer_hear(struct answer *answer, const char *bytes, size_t len)
{
    while (len) {
        bool content = answer->part == ANSWER_BODY || answer->part == ANSWER_CHUNK ||
                       answer->part == ANSWER_UNTIL_CLOSE;
        size_t used;

        if (answer->part == ANSWER_DONE)
            return ANSWER_BROKEN;
        used = content ? hear_content(answer, bytes, len) : hear_line(answer, bytes, len);
        if (used == 0)
            return content ? ANSWER_TOO_BIG : ANSWER_BROKEN;
        bytes += used;
        len -= used;
    }
    return answer->part == ANSWER_DONE ? ANSWER_WHOLE : ANSWER_MORE;
}

enum answer_progress answer_end(struct answer *answer)
{
    return answer->part == ANSWER_UNTIL_CLOSE ? ANSWER_WHOLE : ANSWER_MORE;
}
