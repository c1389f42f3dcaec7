/* letter.c - an order as a mail: what is sealed is opened here, shown, and forgotten again. */
#include "base/money.h"
#include "mails/cancelled.h"
#include "mails/cancelled_subject_text.h"
#include "mails/cancelled_text.h"
#include "mails/confirmed.h"
#include "mails/confirmed_subject_text.h"
#include "mails/confirmed_text.h"
#include "mails/shipped.h"
#include "mails/shipped_subject_text.h"
#include "mails/shipped_text.h"
#include "services/email/email.h"
#include "services/email/mime.h"

enum { ADDRESS_LINES = 5, LOCAL_MAX = 64 };

void letter_init(struct letter *letter)
{
    letter->to[0] = '\0';
    out_init(&letter->text);
}

static void wipe(struct out *out)
{
    if (out->ptr)
        seal_cleanse(out->ptr, out->size_bytes);
    out_clear(out);
}

void letter_clear(struct letter *letter)
{
    seal_cleanse(letter->to, sizeof(letter->to));
    wipe(&letter->text);
}

void letter_release(struct letter *letter)
{
    letter_clear(letter);
    out_release(&letter->text);
}

/* --- what is sealed ----------------------------------------------------------------------------------------------- */

static bool is_atom_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

/* An address as nearly everybody has one (RFC 5321's dot-string at a domain): nothing in it can end a header or a
 * command. */
static bool is_address(struct str text)
{
    const char *at = text.len ? memrchr(text.ptr, '@', text.len) : NULL;
    size_t local_len = at ? (size_t)(at - text.ptr) : 0;

    if (local_len == 0 || local_len > LOCAL_MAX || local_len + 1 >= text.len || text.len > EMAIL_ADDRESS_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (i != local_len && !is_atom_char(c))
            return false;
        if (c == '.' &&
            (i == 0 || i + 1 == text.len || i + 1 == local_len || i == local_len + 1 || text.ptr[i - 1] == '.'))
            return false;
    }
    return true;
}

static enum email_outcome open_recipient(struct keyring *ring, const struct send_email *ask, struct arena *arena,
                                         struct letter *letter, const char **detail)
{
    struct str plaintext;

    switch (keyring_open_field(ring, &ask->order.email, ask->order_id, "email", arena, &plaintext, NULL)) {
    case ST_OK:
        break;
    case ST_RETRY:
        *detail = "The key of the mail address did not come.";
        return EMAIL_OUTCOME_NO_KEY;
    default:
        *detail = "The mail address cannot be read any more.";
        return EMAIL_OUTCOME_UNREADABLE;
    }
    if (!is_address(plaintext)) {
        *detail = "The mail address is none that a mail can go to.";
        return EMAIL_OUTCOME_REFUSED;
    }
    memcpy(letter->to, plaintext.ptr, plaintext.len);
    letter->to[plaintext.len] = '\0';
    seal_cleanse((char *)(uintptr_t)plaintext.ptr, plaintext.len);
    return EMAIL_OUTCOME_ACCEPTED;
}

/* The postal address as on a parcel. It is shown if it can be: a mail without it is still a mail. */
static struct shown_str_list open_postal_address(struct keyring *ring, const struct send_email *ask,
                                                 struct arena *arena)
{
    struct str *lines = arena_array(arena, ADDRESS_LINES, sizeof(*lines)), plaintext;
    struct postal_address address;
    size_t count = 0;

    if (keyring_open_field(ring, &ask->order.address, ask->order_id, "address", arena, &plaintext, NULL) != ST_OK ||
        record_decode(RECORD_POSTAL_ADDRESS, plaintext, arena, &address, NULL) != ST_OK)
        return (struct shown_str_list){0};
    lines[count++] = address.street;
    lines[count++] = arena_printf(arena, STR_FMT "%s" STR_FMT "%s" STR_FMT, STR_ARG(address.city),
                                  address.state.len ? ", " : "", STR_ARG(address.state),
                                  address.zip_code.len ? " " : "", STR_ARG(address.zip_code));
    lines[count++] = address.country;
    return (struct shown_str_list){lines, count};
}

/* --- what is shown ------------------------------------------------------------------------------------------------ */

static struct shown_order show(const struct send_email *ask, const char *shop_url, struct arena *arena)
{
    const struct order *order = &ask->order;
    struct shown_line *lines = arena_array(arena, order->lines.count, sizeof(*lines));
    struct shown_order shown = {.id = ask->order_id,
                                .lines = {lines, order->lines.count},
                                .shipping = money_text(order->shipping_minor, order->currency, arena),
                                .total = money_text(order->total_minor, order->currency, arena)};

    for (size_t i = 0; i < order->lines.count; i++) {
        const struct order_line *line = &order->lines.items[i];
        int64_t price_minor;

        lines[i] = (struct shown_line){.name = line->name, .quantity = line->quantity};
        if (money_multiply(line->unit_price_minor, line->quantity, &price_minor))
            lines[i].price = money_text(price_minor, order->currency, arena);
    }
    if (*shop_url)
        shown.link = arena_printf(arena, "%s/order/" STR_FMT, shop_url, STR_ARG(ask->order_id));
    return shown;
}

/* As its tariff names it; its code until that was heard. */
static struct str carrier_name(const struct shelf *shelf, struct str carrier)
{
    const struct tariff_updated *tariff = shelf_tariff(shelf, carrier);

    return tariff ? tariff->name : carrier;
}

/* Three pieces of one kind of mail, rendered each into a buffer of its own. */
struct pieces {
    struct out subject, text, html;
};

static void render_confirmation(struct pieces *to, const struct send_email *ask, const struct shown_order *order,
                                struct str carrier)
{
    render_confirmed_subject_text(&to->subject, &(struct mail_confirmed_subject_text){.total = order->total});
    render_confirmed_text(&to->text, &(struct mail_confirmed_text){
                                         .order = *order, .carrier = carrier, .tracking = ask->tracking_number});
    render_confirmed(&to->html,
                     &(struct mail_confirmed){.order = *order, .carrier = carrier, .tracking = ask->tracking_number});
}

static void render_cancellation(struct pieces *to, const struct send_email *ask, const struct shown_order *order,
                                struct arena *arena)
{
    bool voided = ask->refund == REFUND_NEWS_VOIDED;
    bool uncharged = voided || ask->refund == REFUND_NEWS_NOTHING_CHARGED;
    struct str refund = {0};

    if (ask->refund == REFUND_NEWS_ALL_GOES_BACK)
        refund = money_text(ask->refund_minor, ask->order.currency, arena);
    render_cancelled_subject_text(&to->subject,
                                  &(struct mail_cancelled_subject_text){.refund = refund, .uncharged = uncharged});
    render_cancelled_text(
        &to->text,
        &(struct mail_cancelled_text){
            .order = *order, .reason = ask->detail, .refund = refund, .uncharged = uncharged, .voided = voided});
    render_cancelled(
        &to->html,
        &(struct mail_cancelled){
            .order = *order, .reason = ask->detail, .refund = refund, .uncharged = uncharged, .voided = voided});
}

static void render_departure(struct pieces *to, const struct send_email *ask, const struct shown_order *order,
                             struct str carrier)
{
    render_shipped_subject_text(&to->subject, &(struct mail_shipped_subject_text){.carrier = carrier});
    render_shipped_text(&to->text,
                        &(struct mail_shipped_text){
                            .order = *order, .carrier = carrier, .tracking = ask->tracking_number, .days = ask->days});
    render_shipped(&to->html,
                   &(struct mail_shipped){
                       .order = *order, .carrier = carrier, .tracking = ask->tracking_number, .days = ask->days});
}

static void render(struct pieces *to, const struct letter_desk *desk, const struct send_email *ask, struct arena *arena)
{
    struct shown_order order = show(ask, desk->shop_url, arena);
    struct str carrier = carrier_name(desk->shelf, ask->carrier);

    if (ask->kind == EMAIL_KIND_CANCELLATION) {
        render_cancellation(to, ask, &order, arena);
        return;
    }
    order.address = open_postal_address(desk->ring, ask, arena);
    if (ask->kind == EMAIL_KIND_SHIPPED)
        render_departure(to, ask, &order, carrier);
    else
        render_confirmation(to, ask, &order, carrier);
}

/* A template's last line end is not part of a subject. */
static struct str one_line(const struct out *out)
{
    struct str text = out_str(out);

    while (text.len && text.ptr[text.len - 1] == '\n')
        text.len--;
    return text;
}

enum email_outcome letter_write(const struct letter_desk *desk, const struct send_email *ask, struct arena *arena,
                                struct letter *letter, const char **detail)
{
    enum email_outcome outcome = open_recipient(desk->ring, ask, arena, letter, detail);
    static struct pieces pieces; /* one thread; the memory serves the next letter */

    if (outcome != EMAIL_OUTCOME_ACCEPTED)
        return outcome;
    render(&pieces, desk, ask, arena);
    mime_write(&letter->text, &(struct mime){.from_name = STR("Hipster Shop"),
                                             .from = str_of(desk->from),
                                             .to = str_of(letter->to),
                                             .subject = one_line(&pieces.subject),
                                             .message_id = ask->message_id,
                                             .at_ms = ask->at_ms,
                                             .text = out_str(&pieces.text),
                                             .html = out_str(&pieces.html)});
    wipe(&pieces.subject);
    wipe(&pieces.text);
    wipe(&pieces.html);
    return EMAIL_OUTCOME_ACCEPTED;
}
