/* mime.c - quoted-printable bodies, encoded words, folded headers: seven bits and short lines, whatever the shopper typed.
 *
 * A boundary that holds "=_" cannot occur in a quoted-printable body, where "=" is always followed by a hex digit or a line
 * end: so it need not be searched for, and may always be the same. */
#include "services/email/mime.h"

#include <time.h>

#define BOUNDARY "=_hipster-shop_="

enum { LINE_MAX_CHARS = 76, WORD_MAX_CHARS = 75 };

static void put(struct out *out, const char *text)
{
    out_put(out, text, strlen(text));
}

static void put_hex(struct out *out, unsigned char byte)
{
    static const char digits[] = "0123456789ABCDEF";
    const char escaped[3] = {'=', digits[byte >> 4], digits[byte & 15]};

    out_put(out, escaped, sizeof(escaped));
}

/* --- bodies ------------------------------------------------------------------------------------------------------- */

/* A blank at the end of a line is lost on the way; "." or "From " at its beginning means something to some. */
static bool must_escape(struct str text, size_t i, bool first)
{
    unsigned char c = (unsigned char)text.ptr[i];
    bool last = i + 1 == text.len || text.ptr[i + 1] == '\n' || text.ptr[i + 1] == '\r';

    if (c == ' ' || c == '\t')
        return last;
    if (first && (c == '.' || c == 'F'))
        return true;
    return c < 0x20 || c == '=' || c >= 0x7f;
}

static void put_quoted(struct out *out, struct str text)
{
    size_t chars = 0;

    for (size_t i = 0; i < text.len; i++) {
        bool escape = must_escape(text, i, chars == 0);
        size_t need = escape ? 3 : 1;

        if (text.ptr[i] == '\r' && i + 1 < text.len && text.ptr[i + 1] == '\n')
            continue;
        if (text.ptr[i] == '\n') {
            put(out, "\r\n");
            chars = 0;
            continue;
        }
        if (chars + need > LINE_MAX_CHARS - 1) { /* room for the soft line end */
            put(out, "=\r\n");
            chars = 0;
            escape = must_escape(text, i, true);
            need = escape ? 3 : 1;
        }
        if (escape)
            put_hex(out, (unsigned char)text.ptr[i]);
        else
            out_put(out, &text.ptr[i], 1);
        chars += need;
    }
    put(out, "\r\n");
}

static void put_part(struct out *out, const char *type, struct str text)
{
    put(out, "--" BOUNDARY "\r\nContent-Type: ");
    put(out, type);
    put(out, "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
    put_quoted(out, text);
}

/* --- headers ------------------------------------------------------------------------------------------------------ */

static bool is_plain(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < 0x20 || text.ptr[i] > 0x7e)
            return false;
    return text.len <= WORD_MAX_CHARS && !memmem(text.ptr, text.len, "=?", 2);
}

static size_t character_len(struct str text, size_t i)
{
    size_t len = 1;

    while (i + len < text.len && ((unsigned char)text.ptr[i + len] & 0xc0) == 0x80)
        len++;
    return len;
}

static bool is_word_char(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Encoded words of RFC 2047 in Q, each a line of whole characters; used: of the first line, by the header's name. */
static void put_words(struct out *out, size_t used, struct str text)
{
    static const char head[] = "=?utf-8?Q?";
    size_t chars = used;

    put(out, head);
    for (size_t i = 0, len; i < text.len; i += len) {
        len = character_len(text, i);
        if (chars + 3 * len > WORD_MAX_CHARS - (sizeof(head) - 1) - 2) {
            put(out, "?=\r\n ");
            put(out, head);
            chars = 0;
        }
        for (size_t b = i; b < i + len; b++) {
            unsigned char c = (unsigned char)text.ptr[b];

            if (c < 0x20 || c == 0x7f)
                c = ' ';
            if (is_word_char(c)) {
                out_put(out, &text.ptr[b], 1);
                chars++;
            } else {
                put_hex(out, c);
                chars += 3;
            }
        }
    }
    put(out, "?=");
}

static void put_header(struct out *out, const char *name, struct str text)
{
    put(out, name);
    put(out, ": ");
    if (is_plain(text))
        out_put_str(out, text);
    else
        put_words(out, strlen(name) + 2, text);
    put(out, "\r\n");
}

static void put_mailbox(struct out *out, const char *name, struct str display, struct str address)
{
    put(out, name);
    put(out, ": ");
    if (display.len) {
        if (is_plain(display) && !memchr(display.ptr, '"', display.len) && !memchr(display.ptr, '\\', display.len)) {
            put(out, "\"");
            out_put_str(out, display);
            put(out, "\"");
        } else {
            put_words(out, strlen(name) + 2, display);
        }
        put(out, " ");
    }
    put(out, "<");
    out_put_line(out, address);
    put(out, ">\r\n");
}

/* In UTC and in English, whatever the locale. */
static void put_date(struct out *out, int64_t at_ms)
{
    static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t at_s = (time_t)(at_ms / 1000);
    struct tm tm;
    char rest[64];

    gmtime_r(&at_s, &tm);
    put(out, "Date: ");
    out_put(out, days + 3 * (tm.tm_wday % 7), 3);
    strftime(rest, sizeof(rest), ", %d ", &tm);
    put(out, rest);
    out_put(out, months + 3 * (tm.tm_mon % 12), 3);
    strftime(rest, sizeof(rest), " %Y %H:%M:%S +0000\r\n", &tm);
    put(out, rest);
}

void mime_write(struct out *out, const struct mime *mime)
{
    put_date(out, mime->at_ms);
    put_mailbox(out, "From", mime->from_name, mime->from);
    put_mailbox(out, "To", (struct str){0}, mime->to);
    put(out, "Message-ID: ");
    out_put_line(out, mime->message_id);
    put(out, "\r\n");
    put_header(out, "Subject", mime->subject);
    put(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
             "Content-Type: multipart/alternative; boundary=\"" BOUNDARY "\"\r\n\r\n");
    put_part(out, "text/plain", mime->text);
    put_part(out, "text/html", mime->html);
    put(out, "--" BOUNDARY "--\r\n");
}
