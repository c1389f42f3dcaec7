/* address.c - whether a parcel would find somebody: the one place where an address is read.
 *
 * Plaintext lives in the arena of one answer; no detail quotes it. */
#include "base/country.h"
#include "services/shipping/shipping.h"

enum { STREET_MAX = 512, PART_MAX = 128 }; /* bytes; the form's limits */

static bool is_blank(struct str part)
{
    for (size_t i = 0; i < part.len; i++)
        if (part.ptr[i] != ' ')
            return false;
    return true;
}

/* A sentence, NULL when it is good. needed: blank is wrong. */
static const char *trouble_with(struct str part, const char *name, bool needed, size_t max, struct arena *arena)
{
    for (size_t i = 0; i < part.len; i++)
        if ((unsigned char)part.ptr[i] < 0x20 || part.ptr[i] == 0x7f)
            return arena_printf(arena, "The %s of the address cannot be printed.", name).ptr;
    if (part.len > max)
        return arena_printf(arena, "The %s of the address is too long.", name).ptr;
    return needed && is_blank(part) ? arena_printf(arena, "The address has no %s.", name).ptr : NULL;
}

static bool begins_with(struct str text, struct str start)
{
    return start.len <= text.len && (start.len == 0 || memcmp(text.ptr, start.ptr, start.len) == 0);
}

/* What was quoted is what stands in clear; the parcel goes where the sealed address says. */
static const char *trouble_with_place(const struct postal_address *address, const struct open_address *ask,
                                      struct arena *arena)
{
    const struct country *country = country_find(ask->country_code);

    if (ask->country.len && !str_equal(address->country, ask->country))
        return "The address is in another country than the one that shipping was quoted for.";
    if (!begins_with(address->zip_code, ask->postal_zone))
        return "The address has another postal code than the one that shipping was quoted for.";
    if (ask->country_code.len == 0)
        return NULL;
    if (!country || country_find(address->country) != country)
        return "We do not know the country of the address.";
    if (!country_takes_postal_code(country, address->zip_code))
        return country_postal_advice(country, arena).ptr;
    if (country->has_regions && is_blank(address->state))
        return country_region_advice(country, arena).ptr;
    return NULL;
}

static const char *trouble(const struct postal_address *address, const struct open_address *ask, struct arena *arena)
{
    const char *sentence = trouble_with(address->street, "street", true, STREET_MAX, arena);

    if (!sentence)
        sentence = trouble_with(address->city, "city", true, PART_MAX, arena);
    if (!sentence)
        sentence = trouble_with(address->country, "country", true, PART_MAX, arena);
    if (!sentence)
        sentence = trouble_with(address->state, "state", false, PART_MAX, arena);
    if (!sentence)
        sentence = trouble_with(address->zip_code, "postal code", false, PART_MAX, arena);
    return sentence ? sentence : trouble_with_place(address, ask, arena);
}

struct address_opened shipping_open_address(struct keyring *ring, const struct open_address *ask, struct arena *arena)
{
    struct address_opened answer = {.order_id = ask->order_id};
    struct postal_address address;
    struct str plaintext;
    const char *sentence;

    switch (keyring_open_field(ring, &ask->address, ask->order_id, "address", arena, &plaintext, NULL)) {
    case ST_OK:
        break;
    case ST_RETRY:
        answer.outcome = ADDRESS_OUTCOME_NO_KEY;
        return answer;
    default:
        answer.outcome = ADDRESS_OUTCOME_UNREADABLE;
        answer.detail = STR("The address cannot be read any more.");
        return answer;
    }
    answer.outcome = ADDRESS_OUTCOME_UNREADABLE;
    answer.detail = STR("The address cannot be read.");
    if (record_decode(RECORD_POSTAL_ADDRESS, plaintext, arena, &address, NULL) == ST_OK) {
        sentence = trouble(&address, ask, arena);
        answer.outcome = sentence ? ADDRESS_OUTCOME_INVALID : ADDRESS_OUTCOME_VALID;
        answer.detail = str_of(sentence);
    }
    seal_cleanse((char *)(uintptr_t)plaintext.ptr, plaintext.len);
    return answer;
}
