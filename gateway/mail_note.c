/* mail_note.c - what became of an order's mails, in words. Pure. */
#include "gateway/mail_note.h"

static bool sent_mail(const struct story *story, enum email_kind kind)
{
    for (size_t i = 0; i < story->count; i++)
        if (story->items[i].type == MSG_EMAIL_SENT && ((const struct email_sent *)story->items[i].body)->kind == kind)
            return true;
    return false;
}

static const struct email_failed *failed_mail(const struct story *story)
{
    for (size_t i = 0; i < story->count; i++) {
        const struct email_failed *body = story->items[i].body;

        if (story->items[i].type == MSG_EMAIL_FAILED && !sent_mail(story, body->kind))
            return body;
    }
    return NULL;
}

struct str mail_note(const struct story *story, struct arena *arena)
{
    static const char *const names[] = {[EMAIL_KIND_UNKNOWN] = "An email to you",
                                        [EMAIL_KIND_CONFIRMATION] = "The confirmation email",
                                        [EMAIL_KIND_CANCELLATION] = "The email about the cancellation",
                                        [EMAIL_KIND_SHIPPED] = "The email about the parcel's departure"};
    const struct email_failed *failed = failed_mail(story);
    bool confirmed = sent_mail(story, EMAIL_KIND_CONFIRMATION), parcel = sent_mail(story, EMAIL_KIND_SHIPPED);
    const char *sent = "";

    if (confirmed && parcel)
        sent = "We've sent you a confirmation email, and another one when the parcel left.";
    else if (confirmed)
        sent = "We've sent you a confirmation email.";
    else if (parcel)
        sent = "We've written to you when the parcel left.";
    else if (story_find(story, MSG_EMAIL_SENT))
        sent = "We've written to you about it.";
    if (failed == NULL)
        return str_of(sent);
    return arena_printf(arena, "%s%s%s could not be sent%s" STR_FMT " This page says all of it.", sent,
                        *sent ? " " : "", names[failed->kind], failed->detail.len ? ": " : ".",
                        STR_ARG(failed->detail));
}
