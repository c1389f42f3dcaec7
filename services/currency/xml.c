/* xml.c - the bank's file of reference rates, read by expat, with suspicion: it comes from outside.
 *
 * <Envelope><Cube><Cube time="2026-11-20"><Cube currency="USD" rate="1.1305"/>...  Nothing else in it matters. Entities
 * cannot grow or reach anywhere, because a document that declares a document type ends there. */
#include <expat.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "services/currency/currency.h"

#define CUBE "http://www.ecb.int/vocabulary/2002-08-01/eurofxref|Cube"

enum { DIGITS_MOST = 15, SCALE_MOST = 9, CURRENCY_BYTES = 3 };

struct reading {
    XML_Parser parser;
    struct arena *arena;
    struct str as_of, wrong; /* wrong: a sentence; empty while all is well */
    struct rate *rates;
    size_t count, elements;
    int depth;
};

static void refuse(struct reading *reading, struct str wrong)
{
    if (reading->wrong.len == 0)
        reading->wrong = wrong;
    XML_StopParser(reading->parser, XML_FALSE);
}

/* So many digits as a number; -1 when one is none. */
static int read_digits(const char *text, int count)
{
    int number = 0;

    for (; count; count--, text++) {
        if (*text < '0' || *text > '9')
            return -1;
        number = number * 10 + *text - '0';
    }
    return number;
}

static bool is_day(struct str text)
{
    struct tm tm = {0};
    int year, month, day;
    time_t seconds;

    if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-')
        return false;
    year = read_digits(text.ptr, 4);
    month = read_digits(text.ptr + 5, 2);
    day = read_digits(text.ptr + 8, 2);
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    tm.tm_mday = day;
    seconds = timegm(&tm);
    return year >= 1999 && seconds != (time_t)-1 && tm.tm_mon == month - 1 && tm.tm_mday == day;
}

/* Digits, perhaps a point, digits; above zero. Anything else, and anything that does not fit, is no rate. */
static bool read_rate(const char *text, struct rate *rate)
{
    int digits = 0;
    bool point = false;

    rate->digits = 0;
    rate->scale = 0;
    for (; *text; text++) {
        if (*text == '.' && !point && digits) {
            point = true;
            continue;
        }
        if (*text < '0' || *text > '9' || ++digits > DIGITS_MOST || (point && ++rate->scale > SCALE_MOST))
            return false;
        rate->digits = rate->digits * 10 + *text - '0';
    }
    return rate->digits > 0 && (!point || rate->scale > 0);
}

static bool is_code(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < 'A' || text.ptr[i] > 'Z')
            return false;
    return text.len == CURRENCY_BYTES;
}

static void take_rate(struct reading *reading, const char *code, const char *text)
{
    struct rate rate = {.currency = str_of(code)};

    if (reading->as_of.len == 0)
        refuse(reading, STR("A rate stands before its day."));
    else if (!is_code(rate.currency) || str_is(rate.currency, CURRENCY_BASE))
        refuse(reading, STR("What should be a currency is none."));
    else if (!text || !read_rate(text, &rate))
        refuse(reading, arena_printf(reading->arena, "The rate of %s is no number that can be one.", code));
    else if (currency_find((struct rate_list){reading->rates, reading->count}, rate.currency))
        refuse(reading, arena_printf(reading->arena, "%s stands there twice.", code));
    else {
        rate.currency = arena_copy(reading->arena, rate.currency);
        reading->rates[reading->count++] = rate;
    }
}

static void take_day(struct reading *reading, const char *text)
{
    if (reading->as_of.len)
        refuse(reading, STR("It has rates of more than one day."));
    else if (!is_day(str_of(text)))
        refuse(reading, STR("Its day is no date."));
    else
        reading->as_of = arena_copy(reading->arena, str_of(text));
}

static void XMLCALL on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct reading *reading = context;
    const char *currency = NULL, *rate = NULL, *day = NULL;

    if (++reading->depth > CURRENCY_XML_DEPTH || ++reading->elements > CURRENCY_XML_ELEMENTS) {
        refuse(reading, STR("It has more elements, or deeper ones, than such a file can have."));
        return;
    }
    if (strcmp(name, CUBE) != 0)
        return;
    for (; *attributes; attributes += 2) {
        if (strcmp(attributes[0], "currency") == 0)
            currency = attributes[1];
        else if (strcmp(attributes[0], "rate") == 0)
            rate = attributes[1];
        else if (strcmp(attributes[0], "time") == 0)
            day = attributes[1];
    }
    if (day)
        take_day(reading, day);
    if (currency && !reading->wrong.len)
        take_rate(reading, currency, rate);
}

static void XMLCALL on_end(void *context, const XML_Char *name)
{
    (void)name;
    ((struct reading *)context)->depth--;
}

static void XMLCALL on_declaration(void *context, const XML_Char *version, const XML_Char *encoding, int standalone)
{
    (void)version;
    (void)standalone;
    if (encoding && strcasecmp(encoding, "UTF-8") != 0)
        refuse(context, STR("It is not in UTF-8."));
}

static void XMLCALL on_doctype(void *context, const XML_Char *name, const XML_Char *system, const XML_Char *public,
                               int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    refuse(context, STR("It declares a document type, which such a file never does."));
}

static void judge(struct reading *reading, enum XML_Status status)
{
    struct rate_list rates = {reading->rates, reading->count};

    if (reading->wrong.len)
        return;
    if (status != XML_STATUS_OK)
        reading->wrong = arena_printf(reading->arena, "It is no XML that can be read: %s.",
                                      XML_ErrorString(XML_GetErrorCode(reading->parser)));
    else if (!reading->as_of.len)
        reading->wrong = STR("There are no rates in it.");
    else if (!currency_find(rates, STR("USD")))
        reading->wrong = STR("USD is missing.");
}

void currency_read(struct str xml, struct arena *arena, struct rates_fetched *answer)
{
    struct reading reading = {.arena = arena};
    enum XML_Status status = XML_STATUS_ERROR;

    *answer = (struct rates_fetched){.base = STR(CURRENCY_BASE), .outcome = FETCH_OUTCOME_REFUSED};
    if (xml.len > CURRENCY_XML_BYTES) {
        answer->detail = STR("It is longer than such a file can be.");
        return;
    }
    if (xml.len && memchr(xml.ptr, 0, xml.len)) {
        answer->detail = STR("It is not in UTF-8."); /* but probably in UTF-16, which expat would read */
        return;
    }
    reading.parser = XML_ParserCreateNS("UTF-8", '|');
    if (!reading.parser)
        abort();
    reading.rates = arena_array(arena, CURRENCY_XML_ELEMENTS, sizeof(*reading.rates));
    XML_SetUserData(reading.parser, &reading);
    XML_SetElementHandler(reading.parser, on_start, on_end);
    XML_SetXmlDeclHandler(reading.parser, on_declaration);
    XML_SetStartDoctypeDeclHandler(reading.parser, on_doctype);
    status = XML_Parse(reading.parser, xml.ptr ? xml.ptr : "", (int)xml.len, XML_TRUE);
    judge(&reading, status);
    XML_ParserFree(reading.parser);
    answer->detail = reading.wrong;
    if (reading.wrong.len)
        return;
    answer->outcome = FETCH_OUTCOME_FETCHED;
    answer->as_of = reading.as_of;
    answer->rates = (struct rate_list){reading.rates, reading.count};
}
