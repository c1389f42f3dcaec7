/* talk.c - one command, one reply, never ahead of the server.
 *
 * A 5xx about the recipient or the letter is for ever. Everything else, a 5xx about us or our order of words included, may
 * be mended by somebody, and is tried later. */
#include "services/email/talk.h"

static void put(struct out *say, const char *text)
{
    out_put(say, text, strlen(text));
}

void talk_begin(struct talk *talk, const char *from, const struct letter *letter, struct out *say)
{
    *talk = (struct talk){.state = TALK_SENDER, .letter = letter, .outcome = EMAIL_OUTCOME_TRY_LATER};
    put(say, "MAIL FROM:<");
    put(say, from);
    put(say, ">\r\n");
}

/* A line that begins with a dot gets another, and a line with only a dot ends it (4.5.2). */
static void put_letter(struct out *say, struct str text)
{
    bool line_begins = true;

    for (size_t i = 0; i < text.len; i++) {
        if (line_begins && text.ptr[i] == '.')
            put(say, ".");
        out_put(say, &text.ptr[i], 1);
        line_begins = text.ptr[i] == '\n';
    }
    put(say, line_begins ? ".\r\n" : "\r\n.\r\n");
}

static bool is_for_ever(enum talk_state state, int code)
{
    if (state != TALK_RECIPIENT && state != TALK_LETTER)
        return false;
    switch (code) {
    case 500: /* not understood */
    case 502:
    case 503:
    case 504:
    case 530: /* not logged in */
    case 535:
    case 538:
        return false;
    default:
        return code / 100 == 5;
    }
}

static bool decide(struct talk *talk, int code, struct out *say)
{
    talk->code = code;
    talk->outcome = is_for_ever(talk->state, code) ? EMAIL_OUTCOME_REFUSED : EMAIL_OUTCOME_TRY_LATER;
    talk->state = TALK_RESET;
    put(say, "RSET\r\n");
    return true;
}

bool talk_reply(struct talk *talk, int code, struct out *say)
{
    switch (talk->state) {
    case TALK_SENDER:
        if (code / 100 != 2)
            return decide(talk, code, say);
        talk->state = TALK_RECIPIENT;
        put(say, "RCPT TO:<");
        put(say, talk->letter->to);
        put(say, ">\r\n");
        return false;
    case TALK_RECIPIENT:
        if (code / 100 != 2)
            return decide(talk, code, say);
        talk->state = TALK_DATA;
        put(say, "DATA\r\n");
        return false;
    case TALK_DATA:
        if (code != 354)
            return decide(talk, code, say);
        talk->state = TALK_LETTER;
        put_letter(say, out_str(&talk->letter->text));
        return false;
    case TALK_LETTER:
        if (code / 100 != 2)
            return decide(talk, code, say);
        talk->state = TALK_READY;
        talk->code = code;
        talk->outcome = EMAIL_OUTCOME_ACCEPTED;
        return true;
    case TALK_RESET:
        talk->state = code / 100 == 2 ? TALK_READY : TALK_BROKEN;
        return false;
    default: /* it speaks unasked: 421, it closes */
        talk->state = TALK_BROKEN;
        return false;
    }
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

int talk_take_reply(struct out *heard)
{
    size_t begin = 0;

    while (begin < heard->len) {
        const char *line = heard->ptr + begin, *line_end = memchr(line, '\n', heard->len - begin);
        size_t left = heard->len - begin;

        if (left >= 3 && !(is_digit(line[0]) && is_digit(line[1]) && is_digit(line[2])))
            return -1;
        if (!line_end)
            return 0;
        if (line_end - line < 3)
            return -1;
        begin += (size_t)(line_end - line) + 1;
        if (line[3] == '-')
            continue; /* and more of it */
        int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');

        memmove(heard->ptr, heard->ptr + begin, heard->len - begin);
        heard->len -= begin;
        return code;
    }
    return 0;
}
