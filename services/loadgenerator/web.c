/* web.c - the live page, for one person who watches. */
#include "services/loadgenerator/web.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/log.h"
#include "run/httpd.h"

enum { CONNECTIONS = 32, IDLE_S = 30, CONNECTION_BYTES = 16 * 1024, FORM_MAX_BYTES = 256, FILE_MAX_BYTES = 256 * 1024 };

struct web {
    struct httpd *httpd;
    const char *folder;
    struct course *course;
    struct web_actions actions;
};

struct asking {
    char form[FORM_MAX_BYTES + 1];
    size_t form_bytes;
};

/* --- answers ---------------------------------------------------------------------------------------------------------------- */

static enum MHD_Result queue(struct MHD_Connection *connection, unsigned status, const char *type,
                             struct MHD_Response *response)
{
    enum MHD_Result result;

    if (!response)
        abort();
    MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Referrer-Policy", "same-origin");
    MHD_add_response_header(
        response, "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
    result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *text)
{
    return queue(connection, status, "text/plain; charset=utf-8",
                 MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY));
}

/* Owns out's bytes. */
static enum MHD_Result answer_out(struct MHD_Connection *connection, const char *type, struct out *out)
{
    return queue(connection, MHD_HTTP_OK, type,
                 MHD_create_response_from_buffer(out->len, out->ptr, MHD_RESPMEM_MUST_FREE));
}

static enum MHD_Result answer_file(const struct web *web, struct MHD_Connection *connection, const char *name,
                                   const char *type)
{
    struct out out;
    char path[512];
    int fd;
    ssize_t n = -1;

    snprintf(path, sizeof(path), "%s/%s", web->folder, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    out_init(&out);
    out_reserve(&out, FILE_MAX_BYTES);
    while (fd >= 0 && (n = read(fd, out.ptr + out.len, FILE_MAX_BYTES - out.len)) > 0)
        out.len += (size_t)n;
    if (fd >= 0)
        close(fd);
    if (n == 0)
        return answer_out(connection, type, &out);
    out_release(&out);
    return answer(connection, MHD_HTTP_NOT_FOUND, "a file of the page is missing; APP_PAGE names its folder\n");
}

static enum MHD_Result answer_report(const struct web *web, struct MHD_Connection *connection)
{
    const char *from = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "from");
    unsigned long first = from ? strtoul(from, NULL, 10) : 0;
    struct out out;

    out_init(&out);
    course_json(web->course, first < web->course->point_count ? first : web->course->point_count, &out);
    return answer_out(connection, "application/json", &out);
}

static enum MHD_Result get(const struct web *web, struct MHD_Connection *connection, const char *path)
{
    static const struct {
        const char *path, *file, *type;
    } files[] = {{"/", "index.html", "text/html; charset=utf-8"},
                 {"/load.css", "load.css", "text/css; charset=utf-8"},
                 {"/load.js", "load.js", "text/javascript; charset=utf-8"},
                 {"/icon.svg", "icon.svg", "image/svg+xml"}};
    struct out out;

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (strcmp(path, files[i].path) == 0)
            return answer_file(web, connection, files[i].file, files[i].type);
    if (strcmp(path, "/report.json") == 0)
        return answer_report(web, connection);
    out_init(&out);
    if (strcmp(path, "/report.csv") == 0)
        course_csv(web->course, &out);
    else if (strcmp(path, "/seconds.csv") == 0)
        course_series_csv(web->course, &out);
    else
        return answer(connection, MHD_HTTP_NOT_FOUND, "there are /, /report.json, /report.csv and /seconds.csv\n");
    return answer_out(connection, "text/csv; charset=utf-8", &out);
}

/* --- changes ---------------------------------------------------------------------------------------------------------------- */

/* Back to the page, for browsers without script. */
static enum MHD_Result see_page(struct MHD_Connection *connection)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);

    if (!response)
        abort();
    MHD_add_response_header(response, "Location", "/");
    return queue(connection, MHD_HTTP_SEE_OTHER, "text/plain", response);
}

static enum MHD_Result answer_bound(const struct web *web, struct MHD_Connection *connection)
{
    char text[120];

    snprintf(text, sizeof(text), "Not set: the level is a number from 0 to %.0f, the bound of this run (%s).\n",
             course_most(web->course), web->course->ramp.open ? "APP_MOST_RATE" : "APP_MOST_USERS");
    return answer(connection, MHD_HTTP_UNPROCESSABLE_CONTENT, text);
}

static enum MHD_Result post(struct web *web, struct MHD_Connection *connection, const char *path, const char *form)
{
    static const char level[] = "level=";
    char *end = NULL;
    double wanted;

    if (strcmp(path, "/stop") == 0) {
        web->actions.stop(web->actions.context);
        return see_page(connection);
    }
    if (strcmp(path, "/level") != 0)
        return answer(connection, MHD_HTTP_NOT_FOUND, "there are /level and /stop\n");
    if (strncmp(form, level, sizeof(level) - 1) != 0)
        return answer(connection, MHD_HTTP_UNPROCESSABLE_CONTENT, "level=NUMBER is wanted\n");
    wanted = strtod(form + sizeof(level) - 1, &end);
    if (end == form + sizeof(level) - 1 || *end || !course_hold(web->course, wanted))
        return answer_bound(web, connection);
    log_info("by hand: %s %.2f", web->course->ramp.open ? "rate" : "users", web->course->held_level);
    return see_page(connection);
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_bytes, void **request)
{
    struct web *web = context;
    struct asking *asking = *request;

    (void)version;
    if (!asking) {
        *request = asking = calloc(1, sizeof(*asking));
        return asking ? MHD_YES : MHD_NO;
    }
    if (*upload_bytes) {
        if (asking->form_bytes + *upload_bytes > FORM_MAX_BYTES)
            return MHD_NO;
        memcpy(asking->form + asking->form_bytes, upload, *upload_bytes);
        asking->form_bytes += *upload_bytes;
        *upload_bytes = 0;
        return MHD_YES;
    }
    if (!web_host_is_plain(header(connection, "Host")))
        return answer(connection, MHD_HTTP_FORBIDDEN, "this page is reached by its address\n");
    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
        return get(web, connection, url);
    if (strcmp(method, "POST") != 0)
        return answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET or POST\n");
    if (!web_may_change(header(connection, "Host"), header(connection, "Origin"), header(connection, "Sec-Fetch-Site")))
        return answer(connection, MHD_HTTP_FORBIDDEN, "that came from another site\n");
    return post(web, connection, url, asking->form);
}

static void end(void *context, struct MHD_Connection *connection, void **request, enum MHD_RequestTerminationCode why)
{
    (void)context;
    (void)connection;
    (void)why;
    free(*request);
    *request = NULL;
}

/* --- the daemon --------------------------------------------------------------------------------------------------------------- */

enum status web_open(struct event_base *base, const char *address, const char *folder, struct course *course,
                     const struct web_actions *actions, struct web **web, struct err *err)
{
    struct web *opened = calloc(1, sizeof(*opened));
    enum status status;

    if (!opened)
        abort();
    *opened = (struct web){.folder = folder, .course = course, .actions = *actions};
    status = httpd_open(base, address,
                        &(struct httpd_options){.setting = "APP_LISTEN",
                                                .connections = CONNECTIONS,
                                                .idle_s = IDLE_S,
                                                .connection_bytes = CONNECTION_BYTES,
                                                .handle = handle,
                                                .ended = end,
                                                .context = opened},
                        &opened->httpd, err);
    if (status == ST_OK)
        *web = opened;
    else
        free(opened);
    return status;
}

void web_close(struct web *web)
{
    if (!web)
        return;
    httpd_close(web->httpd);
    free(web);
}
