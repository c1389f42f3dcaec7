/* templates_sample_form.h - the checkout form of the sample carts. */
#ifndef TESTS_GATEWAY_TEMPLATES_SAMPLE_FORM_H
#define TESTS_GATEWAY_TEMPLATES_SAMPLE_FORM_H

#include <stdbool.h>

#include "pages/types.h"

/* A text, or what stands for every text that could come from outside. */
typedef struct str sample_said(const char *text);

/* Lives until the next call. */
struct shown_checkout sample_checkout(bool refused, sample_said *said);

#endif
