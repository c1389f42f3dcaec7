/* log.h - one JSON object a line on standard output, for the person on call and for machines. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdint.h>

#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* Where a line belongs; any member may be empty. */
struct log_context {
    struct str trace_id, topic, key, message_id;
    int32_t partition;
    int64_t offset; /* -1 with partition -1: no coordinates */
};

#define LOG_NOWHERE ((struct log_context){.partition = -1, .offset = -1})

/* service is kept, not copied. level_name is "debug", "info", "warning" or "error"; another one means info. */
void log_init(const char *service, const char *level_name);

/* Below this level a line costs one comparison. */
enum log_level log_threshold(void);

/* {"time":"2026-01-31T12:00:00.000Z","severity":"info","service":"payment","message":"...","topic":...} */
void log_at(enum log_level level, const struct log_context *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_debug(...) log_at(LOG_DEBUG, NULL, __VA_ARGS__)
#define log_info(...) log_at(LOG_INFO, NULL, __VA_ARGS__)
#define log_warning(...) log_at(LOG_WARNING, NULL, __VA_ARGS__)
#define log_error(...) log_at(LOG_ERROR, NULL, __VA_ARGS__)

#endif
