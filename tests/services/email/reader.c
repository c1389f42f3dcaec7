/* reader.c - a mail as Python's email package reads it. */
#include "tests/services/email/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

json_t *read_mail(struct str mail)
{
    FILE *in = tmpfile(), *out = tmpfile();
    int status = 0;
    pid_t child;
    json_t *seen;

    assert_true(in && out);
    assert_int_equal(fwrite(mail.ptr, 1, mail.len, in), mail.len);
    rewind(in);
    child = fork();
    if (child == 0) {
        dup2(fileno(in), STDIN_FILENO);
        dup2(fileno(out), STDOUT_FILENO);
        execl("/usr/bin/python3", "python3", "tests/services/email/read_mail.py", (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    rewind(out);
    seen = json_loadf(out, JSON_ALLOW_NUL, NULL);
    assert_non_null(seen);
    fclose(in);
    fclose(out);
    return seen;
}

const char *text_of(json_t *seen, const char *name)
{
    const char *text = json_string_value(json_object_get(seen, name));

    assert_non_null(text);
    return text;
}

void check_form(json_t *seen)
{
    json_t *defects = json_object_get(seen, "defects");

    if (json_array_size(defects))
        fail_msg("%s", json_string_value(json_array_get(defects, 0)));
    assert_string_equal(text_of(seen, "type"), "multipart/alternative");
    assert_int_equal(json_array_size(json_object_get(seen, "parts")), 2);
    assert_string_equal(json_string_value(json_array_get(json_object_get(seen, "parts"), 0)), "text/plain;utf-8");
    assert_string_equal(json_string_value(json_array_get(json_object_get(seen, "parts"), 1)), "text/html;utf-8");
    assert_true(json_integer_value(json_object_get(seen, "longest")) <= 78);
    assert_int_equal(json_integer_value(json_object_get(seen, "bare_line_ends")), 0);
    assert_int_equal(json_integer_value(json_object_get(seen, "dots")), 0);
    assert_true(json_is_true(json_object_get(seen, "ascii")));
    assert_int_equal(json_array_size(json_object_get(seen, "headers")), 8);
}
