/* sign_form.c - a mail address and a password, from a form. */
#include "gateway/accounts/sign_form.h"

#include "base/mailbox.h"
#include "gateway/accounts/password.h"
#include "gateway/check.h"
#include "gateway/order_form.h"

enum { PATH_MAX_BYTES = 512 };

struct str path_to_go_back(struct str path, const char *base, struct arena *arena)
{
    static const char *const never[] = {"/signin", "/signup", "/signout", "/logout", "/account/", "/setCurrency"};
    size_t base_len = strlen(base);
    struct str start = arena_printf(arena, "%s/", base);

    if (path.len == 0 || path.len > PATH_MAX_BYTES || path.ptr[0] != '/' || check_target(path) != 0 ||
        (path.len > 1 && (path.ptr[1] == '/' || path.ptr[1] == '\\')))
        return start;
    if (path.len <= base_len || memcmp(path.ptr, base, base_len) != 0)
        return start;
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (path.len - base_len >= strlen(never[i]) && memcmp(path.ptr + base_len, never[i], strlen(never[i])) == 0)
            return start;
    return arena_copy(arena, path);
}

struct str password_complaint(struct str password, struct str mail)
{
    if (password.len == 0)
        return STR("Please choose a password.");
    if (password.len < PASSWORD_MIN_BYTES)
        return STR("At least 10 characters, please: a few words will do.");
    if (password.len > PASSWORD_MAX_BYTES)
        return STR("That is longer than we can take: at most 200 characters.");
    if (str_equal(password, mail))
        return STR("Your mail address is the first that others would try.");
    for (size_t i = 1; i < password.len; i++)
        if (password.ptr[i] != password.ptr[0])
            return (struct str){NULL, 0};
    return STR("One character again and again is soon guessed.");
}

void sign_form_read(struct sign_form *read, const struct form *form, bool up, const char *base, struct arena *arena)
{
    struct shown_sign_form *shown = &read->shown;

    *read = (struct sign_form){.good = false};
    shown->mail.value = form_value(form, "email");
    read->mail = mailbox_plain(shown->mail.value, arena);
    read->password = form_value(form, "password");
    shown->next = path_to_go_back(form_value(form, "next"), base, arena);
    if (read->mail.len == 0)
        shown->mail.error = STR("Which mail address?");
    else if (read->mail.len > MAILBOX_MAX_BYTES)
        shown->mail.error = STR("That is longer than any mail address.");
    else if (!is_email(read->mail))
        shown->mail.error = STR("That is not a mail address.");
    if (up)
        shown->password.error = password_complaint(read->password, read->mail);
    else if (read->password.len == 0)
        shown->password.error = STR("Which password?");
    else if (read->password.len > PASSWORD_MAX_BYTES)
        shown->password.error = STR("That is longer than any password of ours.");
    read->good = shown->mail.error.len == 0 && shown->password.error.len == 0;
}
