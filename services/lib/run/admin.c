/* admin.c - three answers over HTTP, and the question from the other side. */
#include "run/admin.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "run/httpd.h"
#include "run/metrics.h"

enum { CHECKS = 16, CONNECTIONS = 16, IDLE_S = 10, CONNECTION_BYTES = 8 * 1024 };

struct admin {
    struct httpd *httpd;
    struct {
        const char *name;
        admin_check_fn *check;
        void *context;
    } checks[CHECKS];
    size_t check_count;
};

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned code, const char *type, char *body,
                              size_t size_bytes)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(size_bytes, body, MHD_RESPMEM_MUST_FREE);
    enum MHD_Result result;

    if (!response)
        abort();
    MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    result = MHD_queue_response(connection, code, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned code, const char *text)
{
    char *copy = strdup(text);

    if (!copy)
        abort();
    return answer(connection, code, "text/plain; charset=utf-8", copy, strlen(copy));
}

static void print_json_text(FILE *out, const char *text)
{
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else if ((unsigned char)*text < ' ')
            fprintf(out, "\\u%04x", (unsigned)(unsigned char)*text);
        else
            fputc(*text, out);
}

static enum MHD_Result answer_readiness(struct admin *admin, struct MHD_Connection *connection)
{
    char *body = NULL;
    size_t size_bytes = 0, failed = 0;
    FILE *out = open_memstream(&body, &size_bytes);

    if (!out)
        abort();
    fputs("{\"reasons\":[", out);
    for (size_t i = 0; i < admin->check_count; i++) {
        struct err why = {{0}};

        if (admin->checks[i].check(admin->checks[i].context, &why))
            continue;
        fprintf(out, "%s\"%s: ", failed++ ? "," : "", admin->checks[i].name);
        print_json_text(out, why.text);
        fputc('"', out);
    }
    fprintf(out, "],\"ready\":%s}\n", failed ? "false" : "true");
    fclose(out);
    return answer(connection, failed ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_OK, "application/json", body,
                  size_bytes);
}

static enum MHD_Result answer_metrics(struct MHD_Connection *connection)
{
    char *body = NULL;
    size_t size_bytes = 0;
    FILE *out = open_memstream(&body, &size_bytes);

    if (!out)
        abort();
    metrics_print(out);
    fclose(out);
    return answer(connection, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", body, size_bytes);
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_bytes, void **request)
{
    struct admin *admin = context;

    (void)version;
    (void)upload;
    (void)request;
    if (*upload_bytes)
        return MHD_NO;
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
    if (strcmp(url, "/livez") == 0)
        return answer_text(connection, MHD_HTTP_OK, "ok\n");
    if (strcmp(url, "/readyz") == 0)
        return answer_readiness(admin, connection);
    if (strcmp(url, "/metrics") == 0)
        return answer_metrics(connection);
    return answer_text(connection, MHD_HTTP_NOT_FOUND, "there are /livez, /readyz and /metrics\n");
}

enum status admin_open(struct event_base *base, const char *address, struct admin **admin, struct err *err)
{
    struct admin *opened = calloc(1, sizeof(*opened));
    enum status status;

    if (!opened)
        abort();
    status = httpd_open(base, address,
                        &(struct httpd_options){.setting = "APP_ADMIN",
                                                .connections = CONNECTIONS,
                                                .idle_s = IDLE_S,
                                                .connection_bytes = CONNECTION_BYTES,
                                                .handle = handle,
                                                .context = opened},
                        &opened->httpd, err);
    if (status == ST_OK)
        *admin = opened;
    else
        free(opened);
    return status;
}

void admin_close(struct admin *admin)
{
    if (!admin)
        return;
    httpd_close(admin->httpd);
    free(admin);
}

void admin_check(struct admin *admin, const char *name, admin_check_fn *check, void *context)
{
    if (admin->check_count == CHECKS)
        abort();
    admin->checks[admin->check_count].name = name;
    admin->checks[admin->check_count].check = check;
    admin->checks[admin->check_count++].context = context;
}

/* A listener on "any" address is asked on this machine. */
static void reachable(struct sockaddr_storage *where)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)where;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)where;

    if (where->ss_family == AF_INET && v4->sin_addr.s_addr == htonl(INADDR_ANY))
        v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (where->ss_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr))
        v6->sin6_addr = in6addr_loopback;
}

static ssize_t read_whole(int fd, char *text, size_t size_bytes)
{
    size_t used = 0;
    ssize_t got;

    while (used < size_bytes - 1 && (got = recv(fd, text + used, size_bytes - 1 - used, 0)) > 0)
        used += (size_t)got;
    text[used] = '\0';
    return (ssize_t)used;
}

int admin_health(const char *address)
{
    static const char request[] = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    struct sockaddr_storage where;
    struct timeval patience = {3, 0};
    int where_bytes = sizeof(where), fd = -1, code = 1;
    char text[8192];
    const char *body = NULL;

    if (evutil_parse_sockaddr_port(address, (struct sockaddr *)&where, &where_bytes) != 0)
        goto out;
    reachable(&where);
    fd = socket(where.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        goto out;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (connect(fd, (struct sockaddr *)&where, (socklen_t)where_bytes) != 0 ||
        send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0 || read_whole(fd, text, sizeof(text)) <= 0)
        goto out;
    body = strstr(text, "\r\n\r\n");
    if (!body)
        goto out;
    fputs(body + 4, stdout);
    code = strncmp(text, "HTTP/1.1 200", 12) == 0 ? 0 : 1;
out:
    if (code && !body)
        printf("no answer at %s\n", address);
    if (fd >= 0)
        close(fd);
    return code;
}
