/* answer_test.c - HTTP answers, whole and broken, in pieces of every size. */
/* links: services/loadgenerator/answer.c base */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "services/loadgenerator/answer.h"

/* Hears the text in pieces of so many bytes. */
static enum answer_progress hear(struct answer *answer, struct str text, size_t piece)
{
    enum answer_progress progress = ANSWER_MORE;

    answer_clear(answer);
    while (text.len && progress == ANSWER_MORE) {
        size_t len = piece < text.len ? piece : text.len;

        progress = answer_hear(answer, text.ptr, len);
        text = (struct str){text.ptr + len, text.len - len};
    }
    return text.len && progress == ANSWER_WHOLE ? ANSWER_BROKEN : progress;
}

static void assert_text(const struct out *out, const char *wanted)
{
    char got[512];

    snprintf(got, sizeof(got), STR_FMT, STR_ARG(out_str(out)));
    assert_string_equal(got, wanted);
}

static void an_answer_reads_alike_in_pieces_of_every_size(void **state)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n"
                               "HTTP/1.1 302 Found\r\nLocation:  /cart \r\nset-cookie: a=1; Path=/\r\n"
                               "Set-Cookie: b=2\r\nRetry-After: 7\r\nTRANSFER-ENCODING: chunked\r\n\r\n"
                               "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: x\r\n\r\n";
    struct answer answer;

    (void)state;
    answer_init(&answer);
    for (size_t piece = 1; piece < sizeof(text); piece++) {
        assert_int_equal(hear(&answer, str_of(text), piece), ANSWER_WHOLE);
        assert_int_equal(answer.status, 302);
        assert_text(&answer.body, "hello world");
        assert_text(&answer.location, "/cart");
        assert_text(&answer.set_cookies, "a=1; Path=/\nb=2\n");
        assert_int_equal(answer.retry_after_s, 7);
        assert_true(answer.keeps);
    }
    answer_release(&answer);
}

static void each_way_to_end_is_understood(void **state)
{
    static const struct {
        const char *text;
        enum answer_progress then, at_end;
        bool keeps;
        const char *body;
    } cases[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", ANSWER_WHOLE, ANSWER_MORE, true, "ok"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ANSWER_WHOLE, ANSWER_MORE, true, ""},
        {"HTTP/1.1 204 No Content\r\n\r\n", ANSWER_WHOLE, ANSWER_MORE, true, ""},
        {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", ANSWER_WHOLE, ANSWER_MORE, true, ""},
        {"HTTP/1.1 200\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx", ANSWER_WHOLE, ANSWER_MORE, false, "x"},
        {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", ANSWER_WHOLE, ANSWER_MORE, false, "x"},
        {"HTTP/1.1 200 OK\r\n\r\nall there is", ANSWER_MORE, ANSWER_WHOLE, false, "all there is"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", ANSWER_MORE, ANSWER_MORE, true, "short"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", ANSWER_MORE, ANSWER_MORE, true, "hel"},
        {"HTTP/1.1 200 O", ANSWER_MORE, ANSWER_MORE, true, ""},
        {"", ANSWER_MORE, ANSWER_MORE, true, ""},
    };
    struct answer answer;

    (void)state;
    answer_init(&answer);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(hear(&answer, str_of(cases[i].text), 1000), cases[i].then);
        if (cases[i].then == ANSWER_MORE)
            assert_int_equal(answer_end(&answer), cases[i].at_end);
        assert_int_equal(answer.keeps, cases[i].keeps);
        assert_text(&answer.body, cases[i].body);
    }
    answer_release(&answer);
}

static void what_is_no_answer_is_told(void **state)
{
    static const char *const broken[] = {
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/2 200 OK\r\n",
        "HTTP/1.1 20 OK\r\n",
        "HTTP/1.1 2000 OK\r\n",
        "HTTP/1.1 099 OK\r\n",
        "<html>\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n",
        "HTTP/1.1 200 OK\r\nName : value\r\n",
        "HTTP/1.1 200 OK\r\n folded: value\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n123456789\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy",
        "HTTP/1.1 204 No\r\n\r\nx",
    };
    struct answer answer;

    (void)state;
    answer_init(&answer);
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        if (hear(&answer, str_of(broken[i]), 1000) != ANSWER_BROKEN)
            fail_msg("believed: %s", broken[i]);
    assert_int_equal(hear(&answer, STR("HTTP/1.1 200 OK\r\nX: a\0b\r\n"), 1000), ANSWER_BROKEN);
    answer_release(&answer);
}

static void an_answer_without_end_is_cut_off(void **state)
{
    static char much[64 * 1024];
    struct answer answer;
    enum answer_progress progress = ANSWER_MORE;
    size_t heard = 0;

    (void)state;
    memset(much, 'x', sizeof(much));
    answer_init(&answer);
    (void)answer_hear(&answer, "HTTP/1.1 200 OK\r\n\r\n", 19);
    for (; progress == ANSWER_MORE && heard < 2 * ANSWER_MAX_BODY_BYTES; heard += sizeof(much))
        progress = answer_hear(&answer, much, sizeof(much));
    assert_int_equal(progress, ANSWER_TOO_BIG);
    answer_clear(&answer);
    progress = ANSWER_MORE;
    for (heard = 0; progress == ANSWER_MORE && heard < 10 * sizeof(much); heard += sizeof(much))
        progress = answer_hear(&answer, much, sizeof(much));
    assert_int_equal(progress, ANSWER_BROKEN);
    answer_release(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_reads_alike_in_pieces_of_every_size),
        cmocka_unit_test(each_way_to_end_is_understood),
        cmocka_unit_test(what_is_no_answer_is_told),
        cmocka_unit_test(an_answer_without_end_is_cut_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
