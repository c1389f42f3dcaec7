/* web.h - the live page: plots, controls, and the reports.
 *
 *     GET  /                            the page; /load.css, /load.js
 *     GET  /report.json?from=N          everything, points from the N-th on
 *     GET  /report.csv, /seconds.csv    a row per line, a row per second
 *     POST /level   level=20            users, or visitors a second, by hand
 *     POST /stop
 *
 * A POST counts only from our own page or from a program: a browser's, with an Origin, must name the host that it was
 * sent to. The host must be an address or localhost, so that no name can be made to point here. */
#ifndef LOADGENERATOR_WEB_H
#define LOADGENERATOR_WEB_H

#include <event2/event.h>

#include "services/loadgenerator/course.h"

struct web;

struct web_actions {
    void (*stop)(void *context);
    void *context;
};

/* Listens on address; pages lie in the folder. course stays the caller's; its level is set by course_hold. */
enum status web_open(struct event_base *base, const char *address, const char *folder, struct course *course,
                     const struct web_actions *actions, struct web **web, struct err *err) must_check;
void web_close(struct web *web);

/* Whether a request that changes something may do so. origin and site (Sec-Fetch-Site) are NULL when they were not
 * sent. */
bool web_may_change(const char *host, const char *origin, const char *site);

/* Whether a Host header names an address of numbers, or localhost. */
bool web_host_is_plain(const char *host);

#endif
