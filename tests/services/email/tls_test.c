/* tls_test.c - mails travel encrypted where the server can, and a password never otherwise; a stranger's certificate is none. */
/* links: services/email services/lib/run/guard.c services/lib/run/transfers.c services/lib/run/metrics.c */
/* links: tests/services/email/no_run.c tests/services/email/post.c msg base */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/services/email/post.h"

static char folder[64], certificate[96];

static int begin_with(const char *login)
{
    base = event_base_new();
    body = "Subject: x\r\n\r\nhello\r\n";
    snprintf(folder, sizeof(folder), "/tmp/mail-server-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(certificate, sizeof(certificate), "%s/certificate.pem", folder);
    start_server(folder, login);
    smtp = NULL;
    return 0;
}

static int begin_tls(void **state)
{
    (void)state;
    return begin_with(NULL);
}

static int begin_login(void **state)
{
    (void)state;
    return begin_with("login");
}

static int end_tls(void **state)
{
    char key[96];

    snprintf(key, sizeof(key), "%s/key.pem", folder);
    unlink(key);
    unlink(certificate);
    rmdir(folder);
    return end_plain(state);
}

static enum email_outcome send_one(struct server to)
{
    static const char *const recipients[] = {"ada", NULL};

    smtp_close(smtp);
    open_smtp(to);
    send_all(recipients, 1);
    return ends[0].outcome;
}

static void check_taken(bool tls, const char *user)
{
    json_t *mail = next_taken();

    assert_int_equal(json_is_true(json_object_get(mail, "tls")), tls);
    if (user)
        assert_string_equal(json_string_value(json_object_get(mail, "user")), user);
    json_decref(mail);
}

static void uses_tls_where_it_is_offered(void **state)
{
    (void)state;
    assert_int_equal(send_one((struct server){.url = url, .trust = certificate}), EMAIL_OUTCOME_ACCEPTED);
    check_taken(true, NULL);
    assert_int_equal(send_one((struct server){.url = url, .tls_required = true, .trust = certificate}),
                     EMAIL_OUTCOME_ACCEPTED);
    check_taken(true, NULL);
}

static void keeps_its_connections_over_tls(void **state)
{
    static const char *recipients[LETTERS + 1];
    json_t *mail = NULL;

    (void)state;
    for (size_t i = 0; i < LETTERS; i++)
        recipients[i] = "slow";
    open_smtp((struct server){.url = url, .trust = certificate});
    send_all(recipients, LETTERS);
    for (size_t i = 0; i < LETTERS; i++) {
        assert_int_equal(ends[i].outcome, EMAIL_OUTCOME_ACCEPTED);
        json_decref(mail);
        mail = next_taken();
    }
    assert_int_equal(member(mail, "connections"), LINES);
    json_decref(mail);
}

static void tells_nothing_to_a_server_that_nobody_vouches_for(void **state)
{
    (void)state;
    assert_int_equal(send_one((struct server){.url = url, .trust = "system"}), EMAIL_OUTCOME_TRY_LATER);
    assert_non_null(strstr(ends[0].detail, "certificate"));
    assert_int_equal(send_one((struct server){.url = url, .trust = "any"}), EMAIL_OUTCOME_ACCEPTED);
    check_taken(true, NULL); /* the first: the one before never came */
}

static void tells_nothing_without_tls_where_it_must_be(void **state)
{
    char with_password[64];

    (void)state;
    assert_int_equal(send_one((struct server){.url = url, .tls_required = true, .trust = "any"}),
                     EMAIL_OUTCOME_TRY_LATER);
    snprintf(with_password, sizeof(with_password), "smtp://ada:lovelace@127.0.0.1:%d", port);
    assert_int_equal(send_one((struct server){.url = with_password, .trust = "any"}), EMAIL_OUTCOME_TRY_LATER);
    assert_null(strstr(ends[0].detail, "lovelace"));
}

static void logs_in_over_tls(void **state)
{
    char good[64], bad[64];

    (void)state;
    snprintf(good, sizeof(good), "smtp://ada:lovelace@127.0.0.1:%d", port);
    snprintf(bad, sizeof(bad), "smtp://ada:byron@127.0.0.1:%d", port);
    assert_int_equal(send_one((struct server){.url = bad, .trust = certificate}), EMAIL_OUTCOME_TRY_LATER);
    assert_int_equal(send_one((struct server){.url = url, .trust = certificate}), EMAIL_OUTCOME_TRY_LATER);
    assert_int_equal(send_one((struct server){.url = good, .trust = certificate}), EMAIL_OUTCOME_ACCEPTED);
    check_taken(true, "ada");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(uses_tls_where_it_is_offered, begin_tls, end_tls),
        cmocka_unit_test_setup_teardown(keeps_its_connections_over_tls, begin_tls, end_tls),
        cmocka_unit_test_setup_teardown(tells_nothing_to_a_server_that_nobody_vouches_for, begin_tls, end_tls),
        cmocka_unit_test_setup_teardown(tells_nothing_without_tls_where_it_must_be, begin_plain, end_plain),
        cmocka_unit_test_setup_teardown(logs_in_over_tls, begin_login, end_tls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
