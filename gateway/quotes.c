/* quotes.c - what shipping costs: the carriers that a checkout form offers, and the form shown again for another country.
 *
 * Both ways to ask lead to the cart's page, so that what is shown and what is hashed into the form come from one bill:
 * GET /cart?country=...&carrier=... for the script, which takes over what changed; POST /cart/quotes for the form itself. */
#include <stdlib.h>

#include "base/country.h"
#include "base/money.h"
#include "gateway/pages.h"

struct shown_carrier_choice_list quotes_shown(const struct visit *visit, const struct bill *bill)
{
    struct shown_carrier_choice *choices = arena_array(visit->arena, bill->offer_count, sizeof *choices);

    for (size_t i = 0; i < bill->offer_count; i++) {
        const struct offer *offer = &bill->offers[i];
        int64_t total_minor;
        bool whole = bill->lack == BILL_WHOLE && money_add(bill->subtotal_minor, offer->price_minor, &total_minor);

        choices[i] = (struct shown_carrier_choice){
            .code = offer->tariff->carrier,
            .name = offer->tariff->name,
            .price = money_text(offer->price_minor, bill->currency, visit->arena),
            .total = whole ? money_text(total_minor, bill->currency, visit->arena) : STR("–"),
            .days = offer->days,
            .chosen = offer == bill->chosen,
        };
    }
    return (struct shown_carrier_choice_list){choices, bill->offer_count};
}

static int by_name(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

struct shown_str_list quotes_countries(struct arena *arena)
{
    size_t count;
    const struct country *all = country_all(&count);
    struct str *names = arena_array(arena, count, sizeof *names);

    for (size_t i = 0; i < count; i++)
        names[i] = all[i].name;
    qsort(names, count, sizeof *names, by_name);
    return (struct shown_str_list){names, count};
}

static void show_quotes(struct visit *visit)
{
    cart_page(visit, MHD_HTTP_OK, visit->more, (struct str){NULL, 0});
}

void command_quotes(struct request *request)
{
    struct visit *visit = visit_begin(request);
    struct order_form *form = arena_new(visit->arena, struct order_form);

    if (!visit_is_ours(visit)) {
        foreign_page(visit);
        return;
    }
    order_form_unfinished(form, &request->form, this_year(), visit->arena);
    visit->more = form;
    visit_look(visit, &(struct wish){.orders = 1}, show_quotes);
}
