/* fault.c - pages that say what went wrong, and what to do next. */
#include "gateway/gateway.h"
#include "pages/error.h"

static const struct fault {
    unsigned status;
    bool retry;
    const char *title, *what, *next;
} faults[] = {
    {400, false, "That request cannot be read", "It says something that two readers might understand differently.",
     "Go back, and type it once more; a link from elsewhere may have been damaged on its way."},
    {404, false, "There is no such page", "It may have been moved, or never was.",
     "Search for it above, or start from the shop window."},
    {405, false, "That cannot be done here", "This page is not made for that.",
     "Go back and use the buttons of the page, or start from the shop window."},
    {408, true, "That took too long", "The rest of the request did not come.", "Send it again."},
    {413, false, "That is too much", "The form is longer than any of ours.",
     "Go back and say it in fewer words. Nothing of it was taken."},
    {414, false, "That address is too long", "None of our pages has such a long address.",
     "Search with fewer words, or start from the shop window."},
    {415, false, "That is no form of ours", "We read forms, urlencoded or multipart.",
     "Go back and use the form of the page. Nothing of it was taken."},
    {422, false, "We cannot take it like that", "Something in the form is missing or not as it should be.",
     "Go back, look through its fields, and send it again."},
    {431, false, "Too many headers", "The request has too many headers, or too long ones.",
     "Often these are cookies: delete those of this site, and come again."},
    {500, true, "We made a mistake", "Something went wrong on our side, and it has been noted.",
     "Try it again in a moment. If it stays like that, tell us the number below."},
    {503, true, "One moment, please", "The shop is being restarted.",
     "Try it again in a moment: what was accepted is safe, and sending it again does not do it twice."},
};

static const struct fault *fault_of(unsigned status)
{
    static const struct fault other = {0, true, "Something went wrong", "We cannot say more about it.",
                                       "Try it again in a moment, or start from the shop window."};

    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (faults[i].status == status)
            return &faults[i];
    return &other;
}

void fault_page(struct visit *visit, unsigned status, const char *title, const char *what, const char *next, bool retry)
{
    struct page_error page = {.site = visit_site(visit),
                              .status = (long)status,
                              .title = str_of(title),
                              .what = arena_copy(visit->arena, str_of(what)),
                              .next = str_of(next ? next : fault_of(status)->next),
                              .retry = retry};

    render_error(&visit->request->out, &page);
    answer_page(visit->request, status);
}

/* Nobody is given a session here; who has chosen a currency keeps it. */
void fault_refuse(struct request *request, unsigned status, const char *because)
{
    struct gateway *gateway = request->context;
    struct visit visit = {.gateway = gateway, .request = request, .arena = &request->arena, .currency = STR("USD")};
    struct str currency = cookie_value(request_header(request, "Cookie"), CURRENCY_COOKIE);
    const struct fault *fault = fault_of(status);

    if (window_has_currency(gateway->window, currency))
        visit.currency = currency;
    out_clear(&request->out);
    fault_page(&visit, status, fault->title, because ? because : fault->what, fault->next, fault->retry);
}
