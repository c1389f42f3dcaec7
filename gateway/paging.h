/* paging.h - lists that are longer than a page. */
#ifndef GATEWAY_PAGING_H
#define GATEWAY_PAGING_H

#include "gateway/gateway.h"

/* Which page of total things the visit asks for ("page" of its query; the nearest that there is), and the links to others:
 * path ends where "page=2" goes on. *from is the first thing to show. NULL when one page holds all. In the arena. */
const struct shown_pager *paging_of(const struct visit *visit, struct str path, size_t total, size_t *from);

/* text as a part of a URL, in the arena. */
struct str paging_escape(const struct visit *visit, struct str text);

#endif
