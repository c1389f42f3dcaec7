/* registry.c - small requests, one after the other; JSON in, JSON out. */
#include "events/publish/registry.h"

#include "base/crash.h"
#include "base/out.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { URL_BYTES = 512, CONNECT_MS = 2000, REQUEST_MS = 20000, ANSWER_MOST_BYTES = 4 * 1024 * 1024 };

struct registry {
    const char *address;
    CURL *curl;
    struct curl_slist *headers;
    struct out answer;
    char why[CURL_ERROR_SIZE];
};

static size_t keep(char *bytes, size_t size, size_t count, void *context)
{
    struct registry *registry = context;

    if (size * count > ANSWER_MOST_BYTES - registry->answer.len)
        return 0;
    out_put(&registry->answer, bytes, size * count);
    return size * count;
}

struct registry *registry_open(const char *address)
{
    struct registry *registry = calloc(1, sizeof(*registry));

    if (!registry || curl_global_init(CURL_GLOBAL_DEFAULT) != 0 || !(registry->curl = curl_easy_init()))
        abort();
    registry->address = address;
    registry->headers = curl_slist_append(NULL, "Content-Type: application/vnd.schemaregistry.v1+json");
    registry->headers = curl_slist_append(registry->headers, "Expect:");
    out_init(&registry->answer);
    return registry;
}

void registry_close(struct registry *registry)
{
    if (!registry)
        return;
    out_release(&registry->answer);
    curl_slist_free_all(registry->headers);
    curl_easy_cleanup(registry->curl);
    curl_global_cleanup();
    free(registry);
}

static void prepare(struct registry *registry, const char *method, const char *url, const char *body)
{
    CURL *curl = registry->curl;

    out_clear(&registry->answer);
    registry->why[0] = '\0';
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, registry->headers);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)REQUEST_MS);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, registry);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, registry->why);
    if (body)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
}

/* One request; *code is the HTTP status. A registry that is away or not up yet (5xx) is worth another try. */
static enum status request(struct registry *registry, const char *method, const char *path, const char *body,
                           long *code, struct err *err)
{
    char url[URL_BYTES];
    CURLcode done;

    if ((size_t)snprintf(url, sizeof(url), "%s%s", registry->address, path) >= sizeof(url))
        return err_set(err, ST_FATAL, "APP_REGISTRY is longer than an address is");
    prepare(registry, method, url, body);
    CRASH_POINT("registry.before", "the registry is asked, or told a schema: not begun yet");
    done = curl_easy_perform(registry->curl);
    CRASH_POINT("registry.answered", "the registry is asked, or told a schema: answered, not noted");
    if (done != CURLE_OK)
        return err_set(err, ST_RETRY, "The registry at %s does not answer: %s", registry->address,
                       registry->why[0] ? registry->why : curl_easy_strerror(done));
    curl_easy_getinfo(registry->curl, CURLINFO_RESPONSE_CODE, code);
    if (*code >= 500)
        return err_set(err, ST_RETRY, "The registry at %s answers %ld to %s", registry->address, *code, path);
    return ST_OK;
}

static enum status refused(const struct registry *registry, long code, const char *path, struct err *err)
{
    return err_set(err, ST_FATAL, "The registry at %s answers %ld to %s: %.*s", registry->address, code, path,
                   registry->answer.len > 300 ? 300 : (int)registry->answer.len,
                   registry->answer.ptr ? registry->answer.ptr : "");
}

enum status registry_ready(struct registry *registry, struct err *err)
{
    long code = 0;
    enum status status = request(registry, "GET", "/subjects", NULL, &code, err);

    return status != ST_OK || code == 200 ? status : refused(registry, code, "/subjects", err);
}

enum status registry_demand_compatibility(struct registry *registry, struct err *err)
{
    long code = 0;
    enum status status = request(registry, "PUT", "/config", "{\"compatibility\":\"FULL_TRANSITIVE\"}", &code, err);

    return status != ST_OK || code == 200 ? status : refused(registry, code, "/config", err);
}

static enum status read_id(const struct registry *registry, const char *path, int32_t *id, struct err *err)
{
    json_t *answer = json_loadb(registry->answer.ptr, registry->answer.len, 0, NULL);
    json_int_t number = json_integer_value(json_object_get(answer, "id"));

    json_decref(answer);
    if (number <= 0 || number > INT32_MAX)
        return err_set(err, ST_FATAL, "The registry at %s answers to %s without an id", registry->address, path);
    *id = (int32_t)number;
    return ST_OK;
}

/* Both questions send the same body and are answered with an id. */
static enum status ask(struct registry *registry, const char *path, const char *text, long *code, int32_t *id,
                       struct err *err)
{
    json_t *question = json_pack("{s:s, s:s}", "schemaType", "AVRO", "schema", text);
    char *body = question ? json_dumps(question, JSON_COMPACT) : NULL;
    enum status status;

    if (!body)
        abort();
    *id = 0;
    status = request(registry, "POST", path, body, code, err);
    if (status == ST_OK && *code == 200)
        status = read_id(registry, path, id, err);
    free(body);
    json_decref(question);
    return status;
}

enum status registry_find(struct registry *registry, const char *subject, const char *text, int32_t *id,
                          struct err *err)
{
    char path[URL_BYTES];
    enum status status;
    long code = 0;

    snprintf(path, sizeof(path), "/subjects/%s", subject);
    status = ask(registry, path, text, &code, id, err);
    return status != ST_OK || code == 200 || code == 404 ? status : refused(registry, code, path, err);
}

enum status registry_add(struct registry *registry, const char *subject, const char *text, int32_t *id, struct err *err)
{
    char path[URL_BYTES];
    enum status status;
    long code = 0;

    snprintf(path, sizeof(path), "/subjects/%s/versions", subject);
    status = ask(registry, path, text, &code, id, err);
    return status != ST_OK || code == 200 ? status : refused(registry, code, path, err);
}
