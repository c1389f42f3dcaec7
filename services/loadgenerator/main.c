/* main.c - the load generator: a coordinator, or one of its workers. */
#include "base/log.h"
#include "services/loadgenerator/settings.h"

int main(int argc, char **argv)
{
    struct program program = {
        .name = "loadgenerator",
        .purpose = "Shoppers who do not exist, and what the shop answered them.",
        .settings = load_setting_list,
        .setting_count = load_setting_count,
    };
    bool works;
    struct err err;
    int code;

    if (!program_begin(&program, argc, argv, &code))
        return code;
    works = load_settings.join[0] != '\0';
    if ((works ? worker_open : coordinator_open)(&program, &load_settings, &err) == ST_OK) {
        code = program_loop(&program);
    } else {
        log_error("%s", err.text);
        code = 2;
    }
    (works ? worker_close : coordinator_close)();
    program_close(&program);
    return code;
}
