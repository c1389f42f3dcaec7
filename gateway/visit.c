/* visit.c - what every page starts from: who it is, what they see, and how it is answered. */
#include "base/clock.h"
#include "gateway/forget/forget.h"
#include "gateway/gateway.h"
#include "gateway/rates_note.h"

enum { MAX_AWAY = 16 };

static bool is_forgotten(const struct visit *visit, const char *user_id)
{
    return forget_has(visit->gateway->forget, str_of(user_id));
}

static void be_member(struct visit *visit)
{
    struct str cookies = request_header(visit->request, "Cookie");
    char before[ID_TEXT_LEN + 1];

    visit->session = session_of_user(str_of(visit->member->token.user_id), cookies);
    visit->user_id = str_of(visit->session.user_id);
    if (session_before(&visit->gateway->session_key, cookies, before) && !is_forgotten(visit, before))
        visit->before = arena_copy(visit->arena, str_of(before));
}

/* The session's cookie, and the one that says until when it is new enough. */
static void give_session(const struct visit *visit)
{
    answer_header(visit->request, "Set-Cookie",
                  session_set_cookie(&visit->gateway->session_key, &visit->session, visit->arena));
    answer_header(visit->request, "Set-Cookie", session_set_kept(visit->arena));
}

/* Somebody without an account, or whose session is over, or cannot be looked up. */
static void be_nobody(struct visit *visit)
{
    const struct session_key *key = &visit->gateway->session_key;

    if (visit->member && visit->member->state == MEMBER_OVER) {
        answer_header(visit->request, "Set-Cookie", session_forget_cookie(ACCOUNT_COOKIE, visit->arena));
        answer_header(visit->request, "Set-Cookie", session_forget_cookie(BEFORE_COOKIE, visit->arena));
    }
    visit->member_away = visit->member && visit->member->state == MEMBER_AWAY;
    visit->member = NULL;
    visit->session = session_of(key, request_header(visit->request, "Cookie"));
    if (is_forgotten(visit, visit->session.user_id)) {
        visit->session = session_new();
        answer_header(visit->request, "Set-Cookie", session_forget_cookie(CART_COOKIE, visit->arena));
    }
    visit->user_id = str_of(visit->session.user_id);
    if (visit->session.untold)
        give_session(visit);
}

struct visit *visit_begin(struct request *request)
{
    struct gateway *gateway = request->context;
    struct visit *visit = arena_new(&request->arena, struct visit);

    *visit = (struct visit){.gateway = gateway, .request = request, .arena = &request->arena};
    visit->member = request->guest;
    if (visit->member && is_forgotten(visit, visit->member->token.user_id))
        visit->member->state = MEMBER_OVER;
    if (visit->member && visit->member->state == MEMBER_IN)
        be_member(visit);
    else
        be_nobody(visit);
    visit->currency = window_has_currency(gateway->window, visit->session.currency) ? visit->session.currency
                                                                                    : STR("USD");
    return visit;
}

void visit_forget_member(struct visit *visit)
{
    visit->member->state = MEMBER_OVER;
    be_nobody(visit);
}

struct going_on {
    struct visit *visit;
    struct wish wish;
    void (*then)(struct visit *visit);
};

static void on_look(struct request *request, const struct look *look, void *context)
{
    const struct going_on *on = context;

    struct visit *visit = on->visit;

    (void)request;
    if (visit->member && !members_heard(visit->gateway->accounts.members, visit->member, look->session)) {
        visit_forget_member(visit);
        visit_look(visit, &on->wish, on->then);
        return;
    }
    visit->look = look;
    visit->behind = !views_has_mark(look->cart, &visit->session.mark);
    on->then(visit);
}

void visit_look(struct visit *visit, const struct wish *wish, void (*then)(struct visit *visit))
{
    static const struct look nothing = {.cart_known = true};
    struct going_on *on = arena_new(visit->arena, struct going_on);
    struct wish whole = *wish;

    if (visit->session.fresh && wish->order_id.len == 0) {
        visit->look = &nothing;
        then(visit);
        return;
    }
    *on = (struct going_on){visit, *wish, then};
    whole.user_id = visit->user_id;
    if (visit->member)
        whole.session = members_key(visit->member, visit->arena);
    views_look(visit->gateway->views, visit->request, &whole, on_look, on);
}

/* --- what is away ----------------------------------------------------------------------------------------------------- */

static void lack(struct shown_away *items, size_t *count, struct str name, struct str effect)
{
    if (*count < MAX_AWAY)
        items[(*count)++] = (struct shown_away){name, effect};
}

/* What Redis holds: it is away, it was lost, or nobody writes it. */
static const struct str views_name = STR_INIT("Cart and orders");

static struct shown_away_list what_is_away(const struct visit *visit)
{
    const struct gateway *gateway = visit->gateway;
    struct shown_away_list services = presence_away(gateway->presence, visit->arena);
    struct shown_away *items = arena_array(visit->arena, MAX_AWAY, sizeof *items);
    struct err why;
    size_t count = 0, products;

    (void)shelf_products(gateway->state.shelf, &products);
    if (!producer_ready(gateway->producer, &why))
        lack(items, &count, STR("Orders"), STR("changes and orders cannot be taken at this moment."));
    if (products == 0)
        lack(items, &count, STR("Catalogue"), STR("the shelves are still being filled."));
    if (shelf_rates(gateway->state.shelf) == NULL)
        lack(items, &count, STR("Currencies"), STR("prices are in US dollars."));
    if (visit->look && visit->look->away && !visit->look->cart_known)
        lack(items, &count, views_name, STR("we cannot look into them at this moment; nothing of them is lost."));
    else if ((visit->look && visit->look->away) || !views_fresh(gateway->views))
        lack(items, &count, views_name, STR("they are shown as we last knew them."));
    else if (gateway->carts_behind && !presence_lacks(gateway->presence, "cart"))
        lack(items, &count, STR("Cart"), STR("what you put in now appears a little later."));
    if (visit->member_away)
        lack(items, &count, STR("Account"),
             STR("we cannot see at this moment that you are signed in; shopping goes on without."));
    else if (!book_is_there(gateway->accounts.book))
        lack(items, &count, STR("Account"), STR("signing in, and changing an account, must wait a little."));
    for (size_t i = 0; i < services.count; i++)
        lack(items, &count, services.items[i].name, services.items[i].effect);
    return (struct shown_away_list){items, count};
}

static long things_in(const struct cart_updated *cart)
{
    long count = 0;

    for (size_t i = 0; cart && i < cart->lines.count; i++)
        count += cart->lines.items[i].quantity;
    return count;
}

/* Shown on the page and in the log: what a shopper can name when they ask. */
static struct str request_id(struct request *request)
{
    struct id id;

    if (request->id[0] == 0) {
        id = id_random();
        id_write(&id, request->id);
    }
    return str_of(request->id);
}

/* A page that is made for a shopper without an account renews their session; files, streams and pieces of pages do not.
 * Who is signed in has a session of other rules, and a refused request has none. */
static void renew_session(const struct visit *visit)
{
    if (visit->user_id.len && !visit->member && !visit->session.untold &&
        session_is_old(request_header(visit->request, "Cookie")))
        give_session(visit);
}

struct shown_site visit_site(const struct visit *visit)
{
    renew_session(visit);
    return (struct shown_site){
        .base = str_of(visit->gateway->base),
        .request_id = request_id(visit->request),
        .currencies = window_currencies(visit->gateway->window, visit->currency, visit->arena),
        .cart_count = visit->look ? things_in(visit->look->cart) : 0,
        .away = what_is_away(visit),
        .message = visit->gateway->dress.message,
        .banner = str_of(visit->gateway->dress.banner),
        .rates = rates_note(shelf_rates(visit->gateway->state.shelf), visit->currency, clock_wall_ms(), visit->arena),
        .member = visit->member != NULL,
    };
}

struct str visit_came_from(const struct visit *visit)
{
    struct str referer = request_header(visit->request, "Referer");
    struct str host = request_header(visit->request, "Host");
    struct str start = arena_printf(visit->arena, "%s/", visit->gateway->base);
    const char *name = referer.len ? memmem(referer.ptr, referer.len, "://", 3) : NULL;
    struct str rest;

    if (name == NULL || host.len == 0)
        return start;
    rest = (struct str){name + 3, referer.len - (size_t)(name + 3 - referer.ptr)};
    if (rest.len <= host.len || memcmp(rest.ptr, host.ptr, host.len) != 0)
        return start;
    rest = (struct str){rest.ptr + host.len, rest.len - host.len};
    if (rest.ptr[0] != '/' || check_target(rest) != 0 || (rest.len > 1 && rest.ptr[1] == '/'))
        return start;
    return rest;
}

/* --- commands --------------------------------------------------------------------------------------------------------- */

void visit_mark(struct visit *visit, struct id command, int64_t offset)
{
    if (offset < visit->session.mark.offset)
        return;
    visit->session.mark = (struct cart_mark){offset, command};
    answer_header(visit->request, "Set-Cookie", session_set_mark(&visit->session, visit->arena));
}

struct id visit_command_id(const struct visit *visit, struct str what_for)
{
    struct str given = form_value(&visit->request->form, "command_id");
    struct str name = arena_printf(visit->arena, STR_FMT "|" STR_FMT, STR_ARG(given), STR_ARG(what_for));
    struct id space;

    if (given.len == 0 || given.len > 64 || !id_parse(visit->user_id, &space))
        return id_random();
    return id_named(&space, name);
}

void visit_tell(const struct visit *visit, enum msg_type type, const void *body, struct id id)
{
    struct str purpose = request_header(visit->request, "Sec-Purpose");

    if (!visit->request->head && !(purpose.len && memmem(purpose.ptr, purpose.len, "prefetch", 8)))
        activity_say(&visit->gateway->activity, &visit->session, type, body, id);
}

bool visit_is_ours(const struct visit *visit)
{
    struct str origin = request_header(visit->request, "Origin");
    struct str host = request_header(visit->request, "Host");
    struct str site = request_header(visit->request, "Sec-Fetch-Site");
    const char *name = origin.len ? memmem(origin.ptr, origin.len, "://", 3) : NULL;

    if (origin.len == 0)
        return !str_is(site, "cross-site");
    return name && str_equal((struct str){name + 3, origin.len - (size_t)(name + 3 - origin.ptr)}, host);
}

void visit_redirect(struct visit *visit, unsigned status, struct str path)
{
    answer_redirect(visit->request, status,
                    arena_printf(visit->arena, "%s" STR_FMT, visit->gateway->base, STR_ARG(path)));
}
