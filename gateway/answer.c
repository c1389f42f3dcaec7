/* answer.c - what goes back: pages, texts, redirects, and the headers that all of them have. */
#include "gateway/server.h"

/* Everything that pages load is ours, and nobody puts us into a frame. */
#define CONTENT_SECURITY_POLICY                                                                                         \
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; " \
    "base-uri 'none'; frame-ancestors 'none'"

static void set(struct MHD_Response *response, const char *name, const char *value)
{
    (void)MHD_add_response_header(response, name, value); /* refused only when out of memory, or not a header's text */
}

static void respond(struct request *request, unsigned status, struct MHD_Response *response)
{
    for (size_t i = 0; i < request->extra_count; i++)
        set(response, request->extra[i][0].ptr, request->extra[i][1].ptr);
    set(response, "X-Content-Type-Options", "nosniff");
    if (request->check.status) /* where its readers might not agree on where a request ends, nothing may follow it */
        set(response, "Connection", "close");
    http_respond(request, status, response);
}

static struct MHD_Response *response_of(struct str body)
{
    union {
        const char *from;
        void *to;
    } bytes = {.from = body.ptr}; /* the library takes what it does not change as void * */

    return MHD_create_response_from_buffer(body.len, bytes.to, MHD_RESPMEM_PERSISTENT);
}

void answer_header(struct request *request, const char *name, struct str value)
{
    if (request->extra_count == sizeof request->extra / sizeof *request->extra)
        return;
    request->extra[request->extra_count][0] = str_of(name);
    request->extra[request->extra_count++][1] = arena_copy(&request->arena, value);
}

void answer_page(struct request *request, unsigned status)
{
    struct MHD_Response *response = response_of(out_str(&request->out));

    set(response, "Content-Type", "text/html; charset=utf-8");
    set(response, "Content-Security-Policy", CONTENT_SECURITY_POLICY);
    set(response, "Referrer-Policy", "same-origin");
    set(response, "Cross-Origin-Opener-Policy", "same-origin");
    set(response, "Cache-Control", "no-store");
    respond(request, status, response);
}

void answer_text(struct request *request, unsigned status, const char *content_type, struct str body)
{
    struct MHD_Response *response = response_of(body);

    set(response, "Content-Type", content_type);
    set(response, "Cache-Control", "no-store");
    respond(request, status, response);
}

void answer_redirect(struct request *request, unsigned status, struct str location)
{
    struct MHD_Response *response = response_of((struct str){"", 0});

    set(response, "Location", arena_copy(&request->arena, location).ptr);
    set(response, "Cache-Control", "no-store");
    respond(request, status, response);
}

void answer_prepared(struct request *request, unsigned status, struct MHD_Response *response)
{
    request->borrowed = true;
    http_respond(request, status, response);
}
