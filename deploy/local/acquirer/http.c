/* http.c - requests as exchanges: one that waits for its answer is suspended. */
#include "deploy/local/acquirer/http.h"

#include <stdlib.h>

#include "run/httpd.h"

enum { CONNECTIONS = 900, IDLE_S = 60, CONNECTION_BYTES = 16 * 1024 };

struct http {
    struct httpd *httpd;
    http_handle_fn *handle;
    void *context;
    struct exchange *exchanges;
};

/* --- one request -------------------------------------------------------------------------------------------------- */

static enum MHD_Result queue_answer(struct exchange *exchange)
{
    if (exchange->dropped)
        return MHD_NO;
    return MHD_queue_response(exchange->connection, exchange->status, exchange->response);
}

static void finish(struct exchange *exchange)
{
    exchange->answered = true;
    if (!exchange->suspended)
        return;
    exchange->suspended = false;
    MHD_resume_connection(exchange->connection);
    httpd_kick(exchange->http->httpd);
}

void http_answer(struct exchange *exchange, unsigned status, struct str body)
{
    exchange->status = status;
    exchange->response = MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)body.ptr, MHD_RESPMEM_MUST_COPY);
    if (!exchange->response)
        abort();
    MHD_add_response_header(exchange->response, "Content-Type", "application/json");
    finish(exchange);
}

void http_answer_file(struct exchange *exchange, int fd, uint64_t offset, uint64_t size_bytes)
{
    exchange->status = MHD_HTTP_OK;
    exchange->response = MHD_create_response_from_fd_at_offset64(size_bytes, fd, offset);
    if (!exchange->response)
        abort();
    MHD_add_response_header(exchange->response, "Content-Type", "application/x-ndjson");
    finish(exchange);
}

void http_drop(struct exchange *exchange)
{
    exchange->dropped = true;
    finish(exchange);
}

static struct exchange *begin(struct http *http, struct MHD_Connection *connection, const char *url, const char *method)
{
    struct exchange *exchange = calloc(1, sizeof(*exchange));

    if (!exchange)
        abort();
    exchange->http = http;
    exchange->connection = connection;
    exchange->method = method;
    exchange->path = url;
    exchange->key = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Idempotency-Key");
    out_init(&exchange->body);
    exchange->after = http->exchanges;
    if (http->exchanges)
        http->exchanges->before = exchange;
    http->exchanges = exchange;
    return exchange;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_bytes, void **request)
{
    struct exchange *exchange = *request;

    (void)version;
    if (!exchange) {
        *request = begin(context, connection, url, method);
        return MHD_YES;
    }
    if (*upload_bytes > 0) {
        if (exchange->body.len + *upload_bytes > HTTP_BODY_MAX_BYTES)
            return MHD_NO;
        out_put(&exchange->body, upload, *upload_bytes);
        *upload_bytes = 0;
        return MHD_YES;
    }
    if (!exchange->asked) {
        exchange->asked = true;
        exchange->http->handle(exchange->http->context, exchange);
        if (!exchange->answered) {
            exchange->suspended = true;
            MHD_suspend_connection(connection);
            return MHD_YES;
        }
    }
    return queue_answer(exchange);
}

static void end(void *context, struct MHD_Connection *connection, void **request, enum MHD_RequestTerminationCode why)
{
    struct exchange *exchange = *request;
    struct http *http = context;

    (void)connection;
    (void)why;
    if (!exchange)
        return;
    if (exchange->before)
        exchange->before->after = exchange->after;
    else
        http->exchanges = exchange->after;
    if (exchange->after)
        exchange->after->before = exchange->before;
    if (exchange->response)
        MHD_destroy_response(exchange->response);
    if (exchange->body.ptr) /* it held a card */
        explicit_bzero(exchange->body.ptr, exchange->body.size_bytes);
    out_release(&exchange->body);
    free(exchange);
    *request = NULL;
}

/* --- the daemon --------------------------------------------------------------------------------------------------- */

enum status http_open(struct event_base *base, const char *address, http_handle_fn *handler, void *context,
                      struct http **http, struct err *err)
{
    struct http *opened = calloc(1, sizeof(*opened));
    enum status status;

    if (!opened)
        abort();
    *opened = (struct http){.handle = handler, .context = context};
    status = httpd_open(base, address,
                        &(struct httpd_options){.setting = "APP_LISTEN",
                                                .connections = CONNECTIONS,
                                                .idle_s = IDLE_S,
                                                .connection_bytes = CONNECTION_BYTES,
                                                .suspends = true,
                                                .handle = handle,
                                                .ended = end,
                                                .context = opened},
                        &opened->httpd, err);
    if (status == ST_OK)
        *http = opened;
    else
        free(opened);
    return status;
}

void http_close(struct http *http)
{
    if (!http)
        return;
    for (struct exchange *exchange = http->exchanges; exchange; exchange = exchange->after)
        if (exchange->suspended)
            http_answer(exchange, MHD_HTTP_SERVICE_UNAVAILABLE, STR("{\"error\":\"closing\"}"));
    httpd_close(http->httpd);
    free(http);
}
