/* settings.h - what can be set, and where it is kept. */
#ifndef LOADGENERATOR_SETTINGS_H
#define LOADGENERATOR_SETTINGS_H

#include "services/loadgenerator/process.h"

/* Filled by program_begin. */
extern struct load_settings load_settings;
extern const struct setting load_setting_list[];
extern const size_t load_setting_count;

#endif
