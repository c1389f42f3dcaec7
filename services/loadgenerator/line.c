/* line.c - cutting a line into words. Pure. */
#include "services/loadgenerator/line.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct str cut_line(struct str *text)
{
    const char *end = memchr(text->ptr, '\n', text->len);
    struct str line = {text->ptr, end ? (size_t)(end - text->ptr) : text->len};

    *text = end ? (struct str){end + 1, text->len - line.len - 1} : (struct str){NULL, 0};
    return line;
}

/* The word at the beginning of rest, which is not empty and not blank; NULL in ptr: its quote does not end. */
static struct str cut_word(struct str *rest)
{
    char quote = *rest->ptr;
    struct str word;
    size_t end = 0, used;

    if (quote == '"' || quote == '\'') {
        const char *close = memchr(rest->ptr + 1, quote, rest->len - 1);

        if (!close)
            return (struct str){NULL, 0};
        word = (struct str){rest->ptr + 1, (size_t)(close - rest->ptr - 1)};
        used = word.len + 2;
    } else {
        while (end < rest->len && !is_blank(rest->ptr[end]))
            end++;
        word = (struct str){rest->ptr, end};
        used = end;
    }
    *rest = (struct str){rest->ptr + used, rest->len - used};
    return word;
}

static const char *cut_words(struct str rest, struct line *line)
{
    for (line->count = 0;;) {
        while (rest.len && is_blank(*rest.ptr))
            rest = (struct str){rest.ptr + 1, rest.len - 1};
        if (rest.len == 0 || *rest.ptr == '#')
            return NULL;
        if (line->count == LINE_WORDS)
            return "there are too many words";
        line->words[line->count] = cut_word(&rest);
        if (line->words[line->count++].ptr == NULL)
            return "a quotation does not end";
    }
}

bool line_next(struct str *text, struct line *line, const char **why)
{
    *why = NULL;
    while (text->len) {
        line->number++;
        *why = cut_words(cut_line(text), line);
        if (*why || line->count)
            return true;
    }
    return false;
}
