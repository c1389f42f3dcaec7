/* country_test.c - countries as people type them, and their postal codes. */
/* links: base */
#include "base/country.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array[0]))

static bool takes(const char *country, const char *code)
{
    return country_takes_postal_code(country_find(str_of(country)), str_of(code));
}

static void finds_a_country_however_it_is_typed(void **state)
{
    static const char *const cases[][2] = {
        {"United States", "US"},
        {"united states of america", "US"},
        {"U.S.A.", "US"},
        {"us", "US"},
        {"  The   United States ", "US"},
        {"Österreich", "AT"},
        {"österreich", "AT"},
        {"OSTERREICH", "AT"},
        {"Cote d'Ivoire", "CI"},
        {"Côte d’Ivoire", ""}, /* another apostrophe is another letter */
        {"England", "GB"},
        {"Türkiye", "TR"},
        {"The Netherlands", "NL"},
        {"Niger", "NE"},
        {"Nigeria", "NG"},
        {"Atlantis", ""},
        {"", ""},
        {"the", ""},
        {"\xC3", ""}, /* half a letter */
        {"United States United States United States United States United States United States United States", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct country *country = country_find(str_of(cases[i][0]));

        if (country ? !str_is(country->code, cases[i][1]) : cases[i][1][0] != '\0')
            fail_msg("\"%s\" is found as %s", cases[i][0], country ? country->code.ptr : "none");
    }
}

static void takes_a_postal_code_as_the_country_writes_it(void **state)
{
    (void)state;
    assert_true(takes("United States", "94043") && takes("United States", " 94043 "));
    assert_true(takes("United States", "94043-1351") && takes("United States", "94043 1351"));
    assert_false(takes("United States", "9404") || takes("United States", "940431") || takes("US", "9404A"));
    assert_false(takes("United States", "94-043"));
    assert_true(takes("GB", "SW1A 1AA") && takes("GB", "sw1a1aa") && takes("GB", "M2 5BQ"));
    assert_false(takes("GB", "94043") || takes("GB", "SW1A 1A"));
    assert_true(takes("Canada", "K1A 0B1") && takes("Canada", "k1a-0b1"));
    assert_false(takes("Canada", "12345"));
    assert_true(takes("Austria", "1010"));
    assert_false(takes("Austria", "10100") || takes("Austria", ""));
    assert_true(takes("Hong Kong", "") && takes("Hong Kong", "999077"));
    assert_true(takes("Peru", "LIMA 23") && takes("Andorra", "ad500"));
    assert_false(takes("Andorra", "500"));
}

static void says_what_a_postal_code_looks_like_there(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    assert_true(str_is(country_postal_advice(country_find(STR("Austria")), &arena),
                       "Austria: a postal code there looks like 1010."));
    arena_release(&arena);
}

static bool takes_changed(const struct country *country, char *text, size_t len, size_t at, char to)
{
    char was = text[at];
    bool taken;

    text[at] = to;
    taken = country_takes_postal_code(country, (struct str){text, len});
    text[at] = was;
    return taken;
}

/* Every example holds; with a sign that no code has, or too many characters, it does not. */
static void takes_each_example_and_refuses_it_when_it_is_spoilt(void **state)
{
    size_t count, with_forms = 0;
    const struct country *all = country_all(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        struct str example = all[i].postal_example;
        char text[32];

        if (all[i].postal_forms.len == 0)
            continue;
        with_forms++;
        assert_true(example.len > 0 && example.len + 5 < sizeof(text));
        memset(text, '7', sizeof(text));
        memcpy(text, example.ptr, example.len);
        assert_true(country_takes_postal_code(&all[i], example));
        if (country_takes_postal_code(&all[i], (struct str){text, example.len + 5}) ||
            country_takes_postal_code(&all[i], STR("")))
            fail_msg("%s takes anything", all[i].name.ptr);
        for (size_t at = 0; at < example.len; at++)
            if (takes_changed(&all[i], text, example.len, at, '?'))
                fail_msg("%s takes a question mark at %zu", all[i].name.ptr, at);
    }
    assert_true(with_forms >= 150);
}

static void puts_each_country_into_one_zone_and_names_its_sources(void **state)
{
    static const char *const zones[] = {ZONE_HOME, ZONE_NEIGHBOURS, ZONE_EUROPE, ZONE_ASIA_PACIFIC, ZONE_WORLD};
    size_t count, per_zone[COUNT(zones)] = {0}, sources = 0;
    const struct country *all = country_all(&count);
    FILE *file = fopen("services/lib/base/countries/countries.txt", "r");
    char line[512];

    (void)state;
    for (size_t i = 0; i < count; i++) {
        size_t zone = 0;

        while (zone < COUNT(zones) && !str_is(all[i].zone, zones[zone]))
            zone++;
        assert_true(zone < COUNT(zones));
        per_zone[zone]++;
        assert_ptr_equal(country_find(all[i].code), &all[i]);
        assert_ptr_equal(country_find(all[i].name), &all[i]);
    }
    for (size_t zone = 0; zone < COUNT(zones); zone++)
        assert_true(per_zone[zone] > 0);
    assert_true(count >= 200 && str_is(country_zone(STR("Japan")), ZONE_ASIA_PACIFIC));
    assert_int_equal(country_zone(STR("Atlantis")).len, 0);
    assert_non_null(file);
    while (fgets(line, sizeof(line), file))
        sources += strncmp(line, "# Source of ", 12) == 0;
    fclose(file);
    assert_int_equal(sources, 3); /* codes and names, postal codes, regions */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_a_country_however_it_is_typed),
        cmocka_unit_test(takes_a_postal_code_as_the_country_writes_it),
        cmocka_unit_test(says_what_a_postal_code_looks_like_there),
        cmocka_unit_test(takes_each_example_and_refuses_it_when_it_is_spoilt),
        cmocka_unit_test(puts_each_country_into_one_zone_and_names_its_sources),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
