/* small_pages.c - what has no page of its own: files, robots, health, the currency, the way out. */
#include "gateway/ads.h"
#include "gateway/pages.h"
#include "gateway/taste.h"

void page_static(struct request *request)
{
    struct gateway *gateway = request->context;

    if (!files_answer(gateway->files, request->part, request))
        fault_refuse(request, MHD_HTTP_NOT_FOUND, NULL);
}

void page_robots(struct request *request)
{
    struct gateway *gateway = request->context;
    struct str text = STR("User-agent: *\nDisallow: /\n");

    if (gateway->robots) /* a robot that follows each link would lose its session again and again */
        text = arena_printf(&request->arena, "User-agent: *\nDisallow: %s/logout\n", gateway->base);
    answer_text(request, MHD_HTTP_OK, "text/plain; charset=utf-8", text);
}

void page_healthz(struct request *request)
{
    answer_text(request, MHD_HTTP_OK, "text/plain; charset=utf-8", STR("ok"));
}

void page_assistant(struct request *request)
{
    fault_refuse(request, MHD_HTTP_NOT_FOUND, "Nobody sits at the counter yet.");
}

void command_currency(struct request *request)
{
    struct visit *visit = visit_begin(request);
    struct str code = form_value(&request->form, "currency_code");

    if (shelf_rates(visit->gateway->state.shelf) == NULL) {
        fault_page(visit, MHD_HTTP_SERVICE_UNAVAILABLE, "The rates are on their way",
                   "We have not heard of today's rates yet.", "Try again in a moment.", true);
        return;
    }
    if (!window_has_currency(visit->gateway->window, code)) {
        fault_page(visit, MHD_HTTP_UNPROCESSABLE_CONTENT, "We have no prices in that currency",
                   "There is no rate for it today.", "Choose one from the list at the top of each page.", false);
        return;
    }
    answer_header(request, "Set-Cookie", session_set_currency(code, visit->arena));
    answer_redirect(request, MHD_HTTP_FOUND, visit_came_from(visit));
}
