/* main.c - publish: makes the shop's topics, and registers its schemas. Both may be run as often as one likes. */
#include "base/config.h"
#include "base/crash.h"
#include "events/publish/publish.h"

#include <stdio.h>
#include <string.h>

static const char usage[] = "publish topics    make every topic of the shop, correct their settings (APP_KAFKA)\n"
                            "publish schemas   register every schema under the id it has here (APP_REGISTRY)\n"
                            "publish check     change nothing, fail when anything is not as it should be\n";

static int report(enum status status, const struct err *err)
{
    if (status != ST_OK)
        fprintf(stderr, "publish: %s\n", err->text);
    return status == ST_OK ? 0 : 1;
}

static int run_topics(bool change)
{
    const char *bootstrap;
    const struct setting settings[] = {
        {"APP_KAFKA", SETTING_TEXT, NULL, &bootstrap, "Kafka's bootstrap servers", false}};
    struct err err;
    enum status status = config_load(settings, 1, &err);

    return report(status == ST_OK ? publish_topics(bootstrap, change, &err) : status, &err);
}

static int run_schemas(bool change)
{
    const char *registry;
    const struct setting settings[] = {
        {"APP_REGISTRY", SETTING_TEXT, NULL, &registry, "address of the registry's Confluent API", false}};
    struct err err;
    enum status status = config_load(settings, 1, &err);

    return report(status == ST_OK ? publish_schemas(registry, change, &err) : status, &err);
}

int main(int argc, char **argv)
{
    const char *what = argc == 2 ? argv[1] : "";
    struct err err;

    if (crash_asked(argc, argv))
        return 0;
    if (crash_arm(&err) != ST_OK)
        return report(ST_FATAL, &err);
    if (strcmp(what, "topics") == 0)
        return run_topics(true);
    if (strcmp(what, "schemas") == 0)
        return run_schemas(true);
    if (strcmp(what, "check") == 0)
        return run_topics(false) | run_schemas(false);
    fputs(usage, strcmp(what, "--help") == 0 ? stdout : stderr);
    return strcmp(what, "--help") == 0 ? 0 : 2;
}
