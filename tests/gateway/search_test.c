/* search_test.c - what is found, in which order; that the way to a state of the index does not matter; and what it costs. */
/* links: gateway/search.c gateway/search_find.c gateway/search_words.c services/lib/msg/utf8.c base */
#include "gateway/search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gateway/search_words.h"

static struct arena arena;
static struct search *shop;

static bool put(const char *id, const char *name, const char *category, const char *description)
{
    struct str categories[] = {str_of(category)};

    return search_put(shop, &(struct search_text){.id = str_of(id),
                                                  .name = str_of(name),
                                                  .description = str_of(description),
                                                  .categories = categories,
                                                  .category_count = 1});
}

static int open_shop(void **state)
{
    (void)state;
    arena_init(&arena);
    shop = search_open();
    put("OLJCESPC7Z", "Sunglasses", "accessories", "Smoked lenses keep the glare out.");
    put("66VCHSJNUP", "Tank Top", "clothing", "Ribbed cotton, washed once.");
    put("1YMWWN1N4O", "Watch", "accessories", "Three hands, twelve marks.");
    put("L9ECAV7KIM", "Loafers", "footwear", "Soft calfskin, stitched to a sole.");
    put("2ZYFJ3GM2N", "Hairdryer", "hair", "Two speeds and a cold button.");
    put("0PUK6V6EV0", "Candle Holder", "decor", "A small brass stage for one candle. Good beside a mug.");
    put("LS4PSXUNUM", "Salt & Pepper Shakers", "kitchen", "A pair in stoneware.");
    put("9SIQT8TOJO", "Bamboo Glass Jar", "kitchen", "Clear glass with a bamboo lid.");
    put("6E92ZMYYFZ", "Mug", "kitchen", "Thick enough to keep the tea warm.");
    put("MUGRACK000", "Mug Rack, Oak", "kitchen", "For six of them.");
    put("CAFE000000", "Café Crème Bowl", "kitchen", "Für Müsli und Œuvre.");
    return 0;
}

static int close_shop(void **state)
{
    (void)state;
    search_close(shop);
    arena_release(&arena);
    return 0;
}

/* The ids that are found, with a blank between. */
static struct str found_by(const char *query)
{
    struct search_found found = search_find(shop, str_of(query), 0, 20, &arena);
    struct str text = {NULL, 0};

    for (size_t i = 0; i < found.count; i++)
        text = arena_printf(&arena, STR_FMT "%s" STR_FMT, STR_ARG(text), i ? " " : "", STR_ARG(found.ids[i]));
    return text;
}

static void finds_what_a_shopper_means(void **state)
{
    static const struct {
        const char *query, *ids;
    } cases[] = {
        {"watch", "1YMWWN1N4O"},
        {"WATCHES", "1YMWWN1N4O"},
        {"mug", "6E92ZMYYFZ MUGRACK000 0PUK6V6EV0"}, /* the name, a longer name, a description */
        {"mugs", "6E92ZMYYFZ MUGRACK000 0PUK6V6EV0"},
        {"kitchen mug", "6E92ZMYYFZ MUGRACK000"},
        {"mug oak", "MUGRACK000"},
        {"oak  ,mug!", "MUGRACK000"},
        {"sungl", "OLJCESPC7Z"},
        {"salt & pepper", "LS4PSXUNUM"},
        {"shaker for the salt", "LS4PSXUNUM"},
        {"cafe creme", "CAFE000000"},
        {"CAFÉ", "CAFE000000"},
        {"muesli", "CAFE000000"}, /* one too many: müsli is musli */
        {"6e92zmyyfz", "6E92ZMYYFZ"},
        {"6e92", "6E92ZMYYFZ"},
        {"6", ""}, /* a size is no product's number */
        {"stitched", "L9ECAV7KIM"},
        {"sunglases", "OLJCESPC7Z"},       /* one too few */
        {"sunnglasses", "OLJCESPC7Z"},     /* one too many */
        {"sungkasses", "OLJCESPC7Z"},      /* another */
        {"sunlgasses", "OLJCESPC7Z"},      /* the other order */
        {"hiardr", "2ZYFJ3GM2N"},          /* a beginning with a typo */
        {"wach", "1YMWWN1N4O 66VCHSJNUP"}, /* washed begins nearly so, too */
        {"bug", ""},                       /* too short to guess */
        {"tee", ""}, /* neither "them", which says nothing, nor "tea", which a mug is not called */
        {"them", ""},
        {"mog", "6E92ZMYYFZ MUGRACK000"}, /* of so short a word only what things are called is meant */
        {"zeppelin", ""},
        {"", ""},
        {"the of and", ""},
        {" \t&%$ <> ", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (!str_is(found_by(cases[i].query), cases[i].ids))
            fail_msg("'%s' finds '" STR_FMT "', not '%s'", cases[i].query, STR_ARG(found_by(cases[i].query)),
                     cases[i].ids);
}

static void says_how_it_understood_the_words(void **state)
{
    struct search_found found = search_find(shop, STR("red loafres"), 0, 9, &arena);

    (void)state;
    assert_true(found.partly && found.total == 1 && found.words == 2);
    assert_true(str_is(found.read_as, "red loafers"));
    found = search_find(shop, STR("loafers"), 0, 9, &arena);
    assert_true(!found.partly && found.total == 1 && found.read_as.len == 0);
    assert_int_equal(search_find(shop, STR("?!"), 0, 9, &arena).words, 0);
}

static void turns_pages_without_losing_or_doubling_anything(void **state)
{
    struct search_found all = search_find(shop, STR("kitchen"), 0, 20, &arena);

    (void)state;
    assert_int_equal(all.count, 5);
    for (size_t at = 0; at < 7; at++) {
        struct search_found one = search_find(shop, STR("kitchen"), at, 1, &arena);

        assert_int_equal(one.total, 5);
        assert_int_equal(one.count, at < 5);
        assert_true(at >= 5 || str_equal(one.ids[0], all.ids[at]));
    }
    assert_int_equal(search_find(shop, STR("kitchen"), SIZE_MAX, 5, &arena).count, 0);
}

static void follows_what_changes(void **state)
{
    (void)state;
    assert_false(put("1YMWWN1N4O", "Watch", "accessories", "Three hands, twelve marks."));
    assert_true(put("1YMWWN1N4O", "Chronometer", "accessories", "Three hands, twelve marks."));
    assert_string_equal(found_by("chronometer").ptr, "1YMWWN1N4O");
    assert_int_equal(found_by("watch").len, 0);
    assert_true(search_remove(shop, STR("1YMWWN1N4O")));
    assert_false(search_remove(shop, STR("1YMWWN1N4O")));
    assert_int_equal(found_by("chronometer").len, 0);
}

/* --- properties --------------------------------------------------------------------------------------------------------- */

static uint64_t seed;

static size_t pick(size_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(seed >> 33) % below;
}

static const char *const words[] = {"oak",    "brass", "linen", "mug",   "kettle", "lamp",  "stool",  "blanket",
                                    "basket", "knife", "bowl",  "green", "amber",  "small", "folded", "travel"};

static const char *any_word(void)
{
    return words[pick(sizeof words / sizeof *words)];
}

/* The same text for the same id and turn. */
static void put_made(struct search *into, unsigned id, unsigned turn)
{
    char name[64], about[128], key[8];
    struct str category;

    seed = id * 1000u + turn;
    snprintf(key, sizeof key, "P%05u", id);
    snprintf(name, sizeof name, "%s %s %u", any_word(), any_word(), turn);
    snprintf(about, sizeof about, "%s %s %s of %s", any_word(), any_word(), any_word(), any_word());
    category = str_of(any_word());
    (void)search_put(into, &(struct search_text){str_of(key), str_of(name), str_of(about), &category, 1});
}

static void assert_same(struct search *a, struct search *b)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char query[64];
        struct search_found one, other;

        snprintf(query, sizeof query, "%s %s", words[i], any_word());
        one = search_find(a, str_of(query), 0, 500, &arena);
        other = search_find(b, str_of(query), 0, 500, &arena);
        assert_int_equal(one.total, other.total);
        assert_int_equal(one.partly, other.partly);
        for (size_t k = 0; k < one.count; k++)
            assert_true(str_equal(one.ids[k], other.ids[k]));
    }
}

static void finds_the_same_whatever_way_led_there(void **state)
{
    enum { PRODUCTS = 200, TURNS = 8 };
    struct search *long_way = search_open(), *short_way = search_open();

    (void)state;
    for (unsigned turn = 0; turn < TURNS; turn++) /* swept on the way */
        for (unsigned id = 0; id < PRODUCTS; id++)
            put_made(long_way, (id * 77 + turn) % PRODUCTS, turn);
    for (unsigned id = 0; id < PRODUCTS; id++)
        put_made(short_way, id, TURNS - 1);
    assert_same(long_way, short_way);
    for (unsigned id = 0; id < PRODUCTS; id += 3) {
        char key[8];

        snprintf(key, sizeof key, "P%05u", id);
        assert_true(search_remove(long_way, str_of(key)));
        assert_true(search_remove(short_way, str_of(key)));
    }
    assert_same(long_way, short_way);
    search_close(long_way);
    search_close(short_way);
}

/* One random typo in a word of four letters or more. */
static void mistype(const char *word, char *typed)
{
    size_t len = strlen(word), at = pick(len - 1);

    memcpy(typed, word, len + 1);
    if (pick(4) == 0)
        memmove(typed + at, typed + at + 1, len - at);
    else if (pick(3) == 0)
        memmove(typed + at + 1, typed + at, len - at + 1);
    else if (pick(2) == 0)
        typed[at] = 'q';
    else {
        typed[at] = word[at + 1];
        typed[at + 1] = word[at];
    }
}

static void forgives_every_single_typo(void **state)
{
    (void)state;
    seed = 7;
    for (int i = 0; i < 20000; i++) {
        const char *word = any_word();
        char typed[32];

        if (strlen(word) < 4)
            continue;
        mistype(word, typed);
        if (!word_is_near(str_of(typed), str_of(word)))
            fail_msg("%s is not near %s", typed, word);
    }
    assert_false(word_is_near(STR("kettle"), STR("kittel")));
    assert_false(word_is_near(STR("lamb"), STR("bowl")));
    assert_false(word_is_near(STR("bowlers"), STR("bowl")));
}

static void takes_any_query_without_harm(void **state)
{
    static char huge[2048];
    static const char *const hostile[] = {"'; DROP TABLE product; --",
                                          "<script>alert(1)</script>",
                                          "(a+)+$",
                                          "\\",
                                          "%00",
                                          "\x01\x02\x7f",
                                          "\xff\xfe\xc3",
                                          "\xed\xa0\x80",
                                          "../../etc/passwd",
                                          "${jndi:x}"};

    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++)
        (void)search_find(shop, str_of(hostile[i]), 0, 9, &arena);
    memset(huge, 'a', sizeof huge);
    assert_int_equal(search_find(shop, (struct str){huge, sizeof huge}, 0, 9, &arena).total, 0);
    for (size_t i = 0; i < sizeof huge; i += 2)
        huge[i] = ' ';
    assert_true(search_find(shop, (struct str){huge, sizeof huge}, 0, 9, &arena).words <= 8);
    seed = 11;
    for (int round = 0; round < 2000; round++) {
        struct search_found found;

        for (size_t i = 0; i < 40; i++)
            huge[i] = (char)pick(256);
        found = search_find(shop, (struct str){huge, pick(40)}, 0, 3, &arena);
        assert_true(found.count <= 3 && found.count <= found.total && found.words <= 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_shop, close_shop)
        TEST(finds_what_a_shopper_means),
        TEST(says_how_it_understood_the_words),
        TEST(turns_pages_without_losing_or_doubling_anything),
        TEST(follows_what_changes),
        TEST(finds_the_same_whatever_way_led_there),
        TEST(forgives_every_single_typo),
        TEST(takes_any_query_without_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
