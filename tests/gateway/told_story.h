/* told_story.h - an order's story, told event by event, for the tests of what is made of it. */
#ifndef TESTS_GATEWAY_TOLD_STORY_H
#define TESTS_GATEWAY_TOLD_STORY_H

#include "gateway/timeline.h"

/* cmocka's header wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define ORDER_ID STR("11111111-2222-5333-8444-555555555555")
#define USER_ID STR("99999999-2222-4333-8444-555555555555")

/* Of the test that runs; begin and end are its setup and its teardown. */
extern struct arena arena;
extern struct plans *plans;
extern struct story story;
extern const struct order content; /* of every order here: $17.98 */

int begin(void **state);
int end(void **state);

void tell(enum msg_type type, const void *body, int64_t time_ms);
void tell_placed(int64_t time_ms);
void tell_reserved(int64_t time_ms);
void tell_charged(int64_t time_ms); /* $17.98 */
void tell_parcel(int64_t time_ms);
void tell_cancelled(int64_t time_ms);

struct timeline now(int64_t now_ms);

/* Fails the test when there is no such step. */
enum shown_step_state state_of(const struct timeline *timeline, const char *name);

#endif
