/* offer.c - what may be offered. Pure: no word about what is offered already. */
#include "msg/offer.h"

#include "base/money.h"
#include "msg/utf8.h"

enum { ID_BYTES = 64, NAME_BYTES = 200, DESCRIPTION_BYTES = 4000, PICTURE_BYTES = 200, CATEGORY_BYTES = 64 };

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* It stands in links, in cookies, and on lines of their own. */
static bool is_id(struct str id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!is_alphanumeric(id.ptr[i]) && (i == 0 || !memchr("-_.", id.ptr[i], 3)))
            return false;
    return id.len > 0 && id.len <= ID_BYTES;
}

/* Something that can be read, on one line. */
static bool is_line(struct str text, size_t most)
{
    size_t blanks = 0;

    while (blanks < text.len && text.ptr[blanks] == ' ')
        blanks++;
    return blanks < text.len && text.len <= most && utf8_plain(text);
}

/* Lines of text, or nothing. */
static bool is_text(struct str text, size_t most)
{
    size_t begin = 0;

    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && text.ptr[i] != '\n')
            continue;
        if (i > begin && !utf8_plain((struct str){text.ptr + begin, i - begin}))
            return false;
        begin = i + 1;
    }
    return text.len <= most;
}

static bool is_picture(struct str path)
{
    static const char below[] = "/static/";

    if (path.len < sizeof(below) || memcmp(path.ptr, below, sizeof(below) - 1) != 0)
        return false;
    return is_line(path, PICTURE_BYTES) && !memmem(path.ptr, path.len, "//", 2) && !memmem(path.ptr, path.len, "..", 2);
}

/* They are kept in one column, with commas between them. */
static bool are_categories(struct str_list list)
{
    for (size_t i = 0; i < list.count; i++)
        if (!is_line(list.items[i], CATEGORY_BYTES) || memchr(list.items[i].ptr, ',', list.items[i].len))
            return false;
    return true;
}

/* What the shop was never meant to have prices in has no rate either, and would keep a whole cart from having a total. */
static bool has_rate(struct str currency)
{
    const struct money_style *style = money_style(currency);

    return style && style->name;
}

const char *offer_fault(const struct add_product *offer)
{
    if (!is_id(offer->product_id))
        return "An id is 1 to 64 of letters, digits, '-', '_' and '.', and begins with a letter or a digit.";
    if (!is_line(offer->name, NAME_BYTES))
        return "A name is one line of 1 to 200 bytes of UTF-8, without control characters, and not blank.";
    if (!is_text(offer->description, DESCRIPTION_BYTES))
        return "A description has at most 4000 bytes of UTF-8, without control characters but ends of lines.";
    if (!is_picture(offer->picture))
        return "A picture is a path below /static, of at most 200 bytes, without // and without two dots.";
    if (!are_categories(offer->categories))
        return "Each of the categories is one line of 1 to 64 bytes of UTF-8, without commas, and not blank.";
    if (!has_rate(offer->currency))
        return "The shop has no rate for this currency.";
    if (offer->price_minor < 0 || offer->price_minor > OFFER_MOST_MINOR)
        return "A price is 0 or more, and at most a million million of its currency's smallest units.";
    if (offer->weight_grams < 0 || offer->volume_cm3 < 0 || offer->quantity < 0)
        return "Weight, volume and pieces are 0 or more.";
    return NULL;
}
