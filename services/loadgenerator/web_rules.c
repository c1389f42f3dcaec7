/* web_rules.c - who may change a run. Pure. */
#include <string.h>

#include "services/loadgenerator/web.h"

bool web_host_is_plain(const char *host)
{
    size_t len;

    if (!host)
        return false;
    len = strcspn(host, ":");
    if (len == strlen("localhost") && memcmp(host, "localhost", len) == 0)
        return true;
    if (host[0] == '[')
        return strspn(host, "[]0123456789abcdefABCDEF:.") == strlen(host);
    return len > 0 && strspn(host, "0123456789.") == len && strspn(host + len, ":0123456789") == strlen(host + len);
}

bool web_may_change(const char *host, const char *origin, const char *site)
{
    static const char scheme[] = "http://";

    if (!web_host_is_plain(host))
        return false;
    if (site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
        return false;
    return !origin ||
           (strncmp(origin, scheme, sizeof(scheme) - 1) == 0 && strcmp(origin + sizeof(scheme) - 1, host) == 0);
}
