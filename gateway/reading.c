/* reading.c - one request: its headers are checked, its body is collected, its handler is called, its end is noted.
 * Everything here is called by the library, inside http.c's pump. */
#include <stdlib.h>

#include "base/clock.h"
#include "gateway/server.h"

enum { MAX_FLOOD_BYTES = 256 * 1024, MAX_RESTING = 64 };

/* --- requests ------------------------------------------------------------------------------------------------------- */

static struct request *request_take(struct http *http)
{
    struct request *request = http->resting;

    if (request) {
        http->resting = request->next;
        http->resting_count--;
        return request;
    }
    request = calloc(1, sizeof *request);
    if (request == NULL)
        abort();
    arena_init(&request->arena);
    out_init(&request->out);
    out_init(&request->body);
    request->http = http;
    request->context = http->options->context;
    return request;
}

static void request_free(struct request *request)
{
    arena_release(&request->arena);
    out_release(&request->out);
    out_release(&request->body);
    free(request);
}

static void request_rest(struct request *request)
{
    struct http *http = request->http;
    struct request clean = {.arena = request->arena, .out = request->out, .body = request->body, .http = http};

    if (http->resting_count == MAX_RESTING) {
        request_free(request);
        return;
    }
    clean.context = http->options->context;
    *request = clean;
    arena_clear(&request->arena);
    out_clear(&request->out);
    out_clear(&request->body);
    request->next = http->resting;
    http->resting = request;
    http->resting_count++;
}

struct str request_header(const struct request *request, const char *name)
{
    return str_of(MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name));
}

const struct sockaddr *request_address(const struct request *request)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(request->connection,
                                                                   MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    return info ? info->client_addr : NULL;
}

/* --- reading -------------------------------------------------------------------------------------------------------- */

/* The library's first word of a request: its target as it came. What is returned becomes *con_cls. */
void *reading_target(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct request *request = request_take(cls);
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    request->connection = connection;
    request->begun_us = clock_steady_us();
    request->target = arena_copy(&request->arena, str_of(uri));
    request->peer = info ? info->socket_context : NULL;
    if (request->peer)
        request->peer->request = request;
    return request;
}

static void split_target(struct request *request)
{
    const char *mark = memchr(request->target.ptr, '?', request->target.len);

    request->path = request->target;
    if (mark) {
        request->path.len = (size_t)(mark - request->target.ptr);
        request->query = (struct str){mark + 1, request->target.len - request->path.len - 1};
    }
}

/* Takes the base off the path; false when it is not below it. */
static bool enter_base(struct request *request)
{
    struct str base = str_of(request->http->options->base);

    if (base.len == 0)
        return true;
    if (request->path.len <= base.len || memcmp(request->path.ptr, base.ptr, base.len) != 0 ||
        request->path.ptr[base.len] != '/')
        return false;
    request->path = (struct str){request->path.ptr + base.len, request->path.len - base.len};
    return true;
}

void reading_refuse(struct request *request, unsigned status, const char *because)
{
    request->refused = true;
    request->http->options->refuse(request, status, because);
}

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                 const char *value, size_t value_len)
{
    struct request *request = cls;

    (void)kind;
    return check_header(&request->check, (struct str){name, name_len}, (struct str){value, value_len}) ? MHD_YES
                                                                                                       : MHD_NO;
}

/* Whether anybody should look at the request at all. */
static bool admit_bytes(struct request *request, const char *method)
{
    struct check *check = &request->check;
    const union MHD_ConnectionInfo *info;

    check->status = check_target(request->target);
    if (check->status == 0) {
        MHD_get_connection_values_n(request->connection, MHD_HEADER_KIND, on_header, request);
        info = MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
        check_headers_end(check, info ? info->header_size - request->target.len - strlen(method) : 0);
    }
    if (check->status)
        reading_refuse(request, check->status, check->because);
    return check->status == 0;
}

static void not_allowed(struct request *request)
{
    answer_header(request, "Allow", str_of(route_allow(request->route)));
    reading_refuse(request, MHD_HTTP_METHOD_NOT_ALLOWED, "This page is not made for that.");
}

/* Where one should ask instead: another spelling of the same path. Empty when it is spelled well. */
static struct str better_path(const struct request *request, struct arena *arena)
{
    struct str clean = route_clean(request->path, arena);

    if (str_is(clean, request->http->options->base) && clean.len)
        return arena_printf(arena, STR_FMT "/", STR_ARG(clean));
    return str_equal(clean, request->path) ? (struct str){NULL, 0} : clean;
}

static void send_to(struct request *request, struct str path)
{
    request->refused = true;
    answer_redirect(request, MHD_HTTP_MOVED_PERMANENTLY,
                    arena_printf(&request->arena, STR_FMT "%s" STR_FMT, STR_ARG(path), request->query.len ? "?" : "",
                                 STR_ARG(request->query)));
}

/* What can be said before the body is read. */
static void admit(struct request *request, const char *method)
{
    const struct http_options *options = request->http->options;
    bool get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    struct str better;

    if (!admit_bytes(request, method))
        return;
    split_target(request);
    better = better_path(request, &request->arena);
    if (better.len) {
        send_to(request, better);
        return;
    }
    request->post = strcmp(method, "POST") == 0;
    request->head = strcmp(method, "HEAD") == 0;
    if (enter_base(request))
        request->route = route_find(options->routes, options->route_count, request->path, &request->part);
    if (request->route == NULL)
        reading_refuse(request, MHD_HTTP_NOT_FOUND, NULL);
    else if (!(get && request->route->get) && !(request->post && request->route->post))
        not_allowed(request);
    else if (check_has_body(&request->check) && !form_reads(request_header(request, "Content-Type")))
        reading_refuse(request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "We read forms, urlencoded or multipart.");
}

static void enter(struct request *request)
{
    route_fn *handler = request->post ? request->route->post : request->route->get;

    if (request->http->options->enter)
        request->http->options->enter(request, handler);
    else
        handler(request);
}

static void handle(struct request *request)
{
    enum form_result result = FORM_OK;

    request->handled = true;
    if (request->flood_bytes) {
        reading_refuse(request, MHD_HTTP_CONTENT_TOO_LARGE, "The body is longer than any form of ours.");
        return;
    }
    if (request->post && request->body.len)
        result = form_add_body(&request->form, request_header(request, "Content-Type"), out_str(&request->body),
                               &request->arena);
    if (result == FORM_OK)
        result = form_add_urlencoded(&request->form, request->query, &request->arena);
    if (result == FORM_TOO_MANY)
        reading_refuse(request, MHD_HTTP_CONTENT_TOO_LARGE, "The form has more fields than any of ours.");
    else if (result != FORM_OK)
        reading_refuse(request, MHD_HTTP_BAD_REQUEST,
                       "Something in it is no text: a sign that no keyboard makes, or a part that is missing.");
    else
        enter(request);
}

static enum MHD_Result respond(struct request *request)
{
    struct MHD_Response *response = request->response;
    enum MHD_Result result;

    request->response = NULL;
    if (request->peer)
        request->peer->since_us = clock_steady_us();
    result = MHD_queue_response(request->connection, request->status, response);
    if (!request->borrowed)
        MHD_destroy_response(response);
    return result;
}

/* Called with the headers, then with each piece of the body, then with none, and once more after a rest. An answer at
 * the first call closes the connection, so only a refusal that spares us a body is given there. */
enum MHD_Result reading_step(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                             const char *version, const char *data, size_t *data_len, void **con_cls)
{
    struct request *request = *con_cls;

    (void)cls, (void)connection, (void)url, (void)version;
    if (!request->read_begun) {
        request->read_begun = true;
        admit(request, method);
        return request->refused && (request->check.status || check_has_body(&request->check)) ? respond(request)
                                                                                              : MHD_YES;
    }
    if (*data_len) {
        if (request->flood_bytes || request->body.len + *data_len > CHECK_MAX_BODY_BYTES)
            request->flood_bytes += *data_len;
        else
            out_put(&request->body, data, *data_len);
        *data_len = 0;
        return request->flood_bytes < MAX_FLOOD_BYTES ? MHD_YES : MHD_NO;
    }
    if (!request->refused && !request->handled)
        handle(request);
    if (request->response)
        return respond(request);
    request->waiting = true;
    MHD_suspend_connection(connection);
    return MHD_YES;
}

void reading_end(void *cls, struct MHD_Connection *connection, void **con_cls, enum MHD_RequestTerminationCode code)
{
    struct http *http = cls;
    struct request *request = *con_cls;

    (void)connection, (void)code;
    if (request == NULL)
        return;
    *con_cls = NULL;
    if (request->stream)
        stream_closed(request->stream);
    if (request->response && !request->borrowed)
        MHD_destroy_response(request->response);
    if (request->status && http->options->answered)
        http->options->answered(http->options->context, request, request->status,
                                clock_steady_us() - request->begun_us);
    if (request->peer) {
        request->peer->request = NULL;
        request->peer->since_us = clock_steady_us();
    }
    request_rest(request);
}

void reading_release(struct http *http)
{
    while (http->resting) {
        struct request *request = http->resting;

        http->resting = request->next;
        request_free(request);
    }
}
