/* order_form.c - what a shopper typed to order. Pure. Whether a card is charged is payment's to say; here only what
 * cannot be a card that we take, an address or a mail address at all is turned back. */
#include "gateway/order_form.h"

#include <string.h>

#include "base/card.h"
#include "base/country.h"

#define NO_SUCH_COUNTRY "We know no such country. Its English name, or two letters like DE, would do."

enum {
    YEARS_SHOWN = 10,
    MAX_YEARS_AHEAD = 80,
    MAX_STREET = 512,
    MAX_WORD = 128,
    MAX_ZIP = 16,
    MAX_EMAIL = 254,
    MAX_LOCAL_PART = 64
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_plain(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7F)
            return false;
    return true;
}

/* Reads a text of at most max bytes; *error says what is wrong with it. */
static struct str read_text(const struct form *form, const char *name, size_t max, const char *missing,
                            struct shown_field *shown)
{
    struct str value = form_value(form, name);

    shown->value = value;
    if (value.len == 0)
        shown->error = str_of(missing);
    else if (value.len > max)
        shown->error = STR("That is longer than we can take.");
    else if (!is_plain(value))
        shown->error = STR("There is a character in it that cannot be typed.");
    return value;
}

/* A number of at most 4 digits, or -1. */
static int32_t number(struct str text)
{
    int32_t value = 0;

    if (text.len == 0 || text.len > 4)
        return -1;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.ptr[i]))
            return -1;
        value = value * 10 + (text.ptr[i] - '0');
    }
    return value;
}

/* Mail servers take other letters only if all on the way agree, which ours does not count on. */
static bool is_ascii(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] >= 0x80)
            return false;
    return true;
}

/* Before the @: words with single dots between them. */
static bool is_local_part(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if ((unsigned char)c <= ' ' || c == 0x7F || strchr("()<>[]:;,\\\"", c))
            return false;
        if (c == '.' && (i == 0 || i + 1 == text.len || text.ptr[i - 1] == '.'))
            return false;
    }
    return text.len > 0 && text.len <= MAX_LOCAL_PART;
}

/* After it: labels of letters, digits and inner hyphens; the last is no number, so that an address of a machine is none. */
static bool is_domain(struct str text)
{
    size_t label = 0; /* where it begins */
    bool named = false;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool edge = i == label || i + 1 == text.len || text.ptr[i + 1] == '.';
        bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';

        if (c == '.' && i > label) {
            label = i + 1;
            named = false;
        } else if (!letter && !is_digit(c) && (edge || c != '-')) {
            return false;
        }
        named = named || letter;
    }
    return label > 0 && label < text.len && named;
}

bool is_email(struct str text)
{
    const char *at = text.len ? memchr(text.ptr, '@', text.len) : NULL;

    return at && is_local_part((struct str){text.ptr, (size_t)(at - text.ptr)}) &&
           is_domain((struct str){at + 1, text.len - (size_t)(at + 1 - text.ptr)});
}

static bool is_zip(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (!is_digit(c) && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && c != ' ' && c != '-')
            return false;
    }
    return true;
}

/* Who chooses a carrier gives an address as its country writes it. Forms without that choice are the original shop's,
 * whose robots order from any country with any postal code: theirs is checked only so far that a good one is known. */
static void check_country(struct order_form *read, struct arena *arena)
{
    const struct country *country = country_find(read->country);
    struct shown_checkout *shown = &read->shown;
    bool fits = country && country_takes_postal_code(country, read->zip_code);

    if (country && (fits || read->carrier.len))
        read->country_code = country->code;
    if (read->carrier.len == 0)
        return;
    if (country == NULL && shown->country.error.len == 0)
        shown->country.error = STR(NO_SUCH_COUNTRY);
    if (fits && read->zip_code.len == 0)
        shown->zip_code.error = (struct str){NULL, 0}; /* there are none there */
    else if (country && !fits && (shown->zip_code.error.len == 0 || read->zip_code.len == 0))
        shown->zip_code.error = country_postal_advice(country, arena);
    if (country && shown->state.value.len == 0)
        shown->state.error = country->has_regions ? country_region_advice(country, arena) : (struct str){NULL, 0};
}

static void read_address(struct order_form *read, const struct form *form, struct arena *arena)
{
    struct shown_checkout *shown = &read->shown;

    read->email = read_text(form, "email", MAX_EMAIL, "Where shall we write to?", &shown->email);
    if (shown->email.error.len == 0 && !is_ascii(read->email))
        shown->email.error = STR("Our mails reach only addresses in plain letters, a to z. Please give us such a one.");
    else if (shown->email.error.len == 0 && !is_email(read->email))
        shown->email.error = STR("That is not a mail address that we could write to.");
    read->zip_code = read_text(form, "zip_code", MAX_ZIP, "Which postal code?", &shown->zip_code);
    if (shown->zip_code.error.len == 0 && !is_zip(read->zip_code))
        shown->zip_code.error = STR("A postal code has letters, digits, blanks and hyphens.");
    read->country = read_text(form, "country", MAX_WORD, "Which country?", &shown->country);
    read->carrier = form_value(form, "carrier");
    read->address = (struct postal_address){
        .street = read_text(form, "street_address", MAX_STREET, "Which street?", &shown->street_address),
        .city = read_text(form, "city", MAX_WORD, "Which city?", &shown->city),
        .state = read_text(form, "state", MAX_WORD, "Which state or region?", &shown->state),
        .zip_code = read->zip_code,
        .country = read->country,
    };
    check_country(read, arena);
}

/* MasterCard's numbers since 2017, which the original shop does not know, nor do we. */
static bool is_of_second_series(const char *digits)
{
    int32_t start = number((struct str){digits, 4});

    return start >= 2221 && start <= 2720;
}

/* Generators of test cards take VISA Electron's numbers for VISA's, the original shop's robots among them: of their forms
 * these go on to payment, which declines them, so that the order's page says so. */
static bool is_left_to_payment(const struct card_brand *brand, bool by_robot)
{
    return by_robot && strcmp(brand->name, "visa_electron") == 0;
}

/* What is wrong with a number that has digits only; payment asks the same once more, of the same table. */
static struct str complaint(const char *digits, size_t count, bool by_robot, struct arena *arena)
{
    const struct card_brand *brand = card_brand_of(digits, count);

    if (count < 12 || count > CARD_DIGITS_MAX)
        return STR("A card number has 12 to 19 digits.");
    if (!card_sum_is_right(digits, count) || (brand && !card_number_holds(brand, digits, count)))
        return STR("That is not a card number: a digit may be wrong.");
    if (brand == NULL && is_of_second_series(digits))
        return STR(
            "We cannot take MasterCard numbers that begin with 2 yet. Only VISA and MasterCard's 51 to 55 are accepted.");
    if (brand == NULL)
        return STR("We do not know whose card this is. Only VISA and MasterCard are accepted.");
    if (!brand->taken && !is_left_to_payment(brand, by_robot))
        return arena_printf(arena, "We do not take %s. Only VISA and MasterCard are accepted.", brand->written);
    return (struct str){NULL, 0};
}

/* Blanks and hyphens between the digits are people's way to write it. */
static struct str read_card_number(const struct form *form, bool by_robot, struct shown_field *shown,
                                   struct arena *arena)
{
    struct str typed = form_value(form, "credit_card_number");
    char *digits = arena_alloc(arena, typed.len);
    size_t count = 0;

    for (size_t i = 0; i < typed.len; i++) {
        if (is_digit(typed.ptr[i]))
            digits[count++] = typed.ptr[i];
        else if (typed.ptr[i] != ' ' && typed.ptr[i] != '-')
            shown->error = STR("A card number has digits only.");
    }
    if (typed.len == 0)
        shown->error = STR("Which card?");
    else if (shown->error.len == 0)
        shown->error = complaint(digits, count, by_robot, arena);
    return (struct str){digits, count};
}

static bool is_code_of(struct str card_number, struct str code)
{
    char digits[CARD_DIGITS_MAX + 1];
    size_t count = card_digits(card_number, digits);
    bool holds = card_code_holds(card_brand_of(digits, count), code);

    explicit_bzero(digits, sizeof digits);
    return holds;
}

static void read_card(struct order_form *read, const struct form *form, int year, int month, struct arena *arena)
{
    struct shown_checkout *shown = &read->shown;
    struct card *card = &read->card;

    card->number = read_card_number(form, read->carrier.len == 0, &shown->card_number, arena);
    shown->card_month.value = form_value(form, "credit_card_expiration_month");
    shown->card_year.value = form_value(form, "credit_card_expiration_year");
    card->expires_month = number(shown->card_month.value);
    card->expires_year = number(shown->card_year.value);
    card->cvv = form_value(form, "credit_card_cvv");
    if (card->expires_month < 1 || card->expires_month > 12)
        shown->card_month.error = STR("A month from 1 to 12.");
    if (card->expires_year < 1000 || card->expires_year > year + MAX_YEARS_AHEAD)
        shown->card_year.error = STR("A year of four digits.");
    else if (card->expires_year < year || (card->expires_year == year && card->expires_month < month))
        shown->card_year.error = STR("This card has expired.");
    /* beside a number that is refused anyway, only what is no card's code */
    if (!(shown->card_number.error.len ? card_code_holds(NULL, card->cvv) : is_code_of(card->number, card->cvv)))
        shown->card_cvv.error = STR("Three digits, from the back of the card.");
}

static struct shown_str_list years_from(int year, struct arena *arena)
{
    struct str *years = arena_array(arena, YEARS_SHOWN, sizeof *years);

    for (int i = 0; i < YEARS_SHOWN; i++)
        years[i] = arena_printf(arena, "%d", year + i);
    return (struct shown_str_list){years, YEARS_SHOWN};
}

void order_form_read(struct order_form *read, const struct form *form, int year, int month, struct arena *arena)
{
    const struct shown_checkout *shown = &read->shown;

    *read = (struct order_form){.good = false};
    read->shown.years = years_from(year, arena);
    read_address(read, form, arena);
    read_card(read, form, year, month, arena);
    read->good = !(shown->email.error.len || shown->street_address.error.len || shown->zip_code.error.len ||
                   shown->city.error.len || shown->state.error.len || shown->country.error.len ||
                   shown->card_number.error.len || shown->card_month.error.len || shown->card_year.error.len ||
                   shown->card_cvv.error.len);
}

void order_form_send_to(struct order_form *form, struct str country, struct str carrier)
{
    const struct country *known = country_find(country.len ? country : form->country);

    if (country.len) {
        form->country = form->shown.country.value = country;
        form->country_code = known ? known->code : (struct str){NULL, 0};
        form->shown.country.error = known ? (struct str){NULL, 0} : STR(NO_SUCH_COUNTRY);
    }
    if (carrier.len)
        form->carrier = carrier;
}

void order_form_unfinished(struct order_form *read, const struct form *form, int year, struct arena *arena)
{
    struct shown_checkout *shown = &read->shown;
    struct shown_field *fields[] = {&shown->email,     &shown->street_address, &shown->zip_code,    &shown->city,
                                    &shown->state,     &shown->country,        &shown->card_number, &shown->card_month,
                                    &shown->card_year, &shown->card_cvv};

    order_form_read(read, form, year, 1, arena);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        fields[i]->error = (struct str){NULL, 0};
    read->good = false;
    order_form_send_to(read, read->country, read->carrier);
}

void order_form_example(struct order_form *example, int year, struct arena *arena)
{
    struct shown_checkout *shown = &example->shown;

    *example = (struct order_form){.good = false};
    shown->years = years_from(year, arena);
    shown->email.value = STR("someone@example.com");
    shown->street_address.value = STR("1600 Amphitheatre Parkway");
    shown->zip_code.value = STR("94043");
    shown->city.value = STR("Mountain View");
    shown->state.value = STR("CA");
    shown->country.value = example->country = STR("United States");
    example->country_code = STR("US");
    shown->card_number.value = STR("4432801561520454");
    shown->card_month.value = STR("1");
    shown->card_year.value = shown->years.items[1];
    shown->card_cvv.value = STR("672");
}
