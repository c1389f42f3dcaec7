/* cluster.c - is this the Kafka that the environment speaks of? Asked before anything is written there, or into a database
 * whose service hears it. */
#include <stdlib.h>
#include <string.h>

#include "run/kafka.h"
#include "streams/shopctl/shopctl.h"
#include "streams/shopctl/tape.h"

static enum exit_code compare(struct tape *tape, const char *expected)
{
    char *actual = rd_kafka_clusterid(tape_client(tape), tape_patience_ms(tape));
    enum exit_code code = EXIT_DONE;

    if (!actual) {
        complain("Kafka at %s does not say which cluster it is, so nothing was done; try again",
                 say_kafka()->bootstrap);
        code = EXIT_FAILED;
    } else if (strcmp(actual, expected) != 0) {
        complain(
            "this is the wrong cluster: Kafka at %s is %s, and KAFKA_CLUSTER says %s. Nothing was done. Take APP_KAFKA, "
            "KAFKA_CLUSTER and DATABASE_URL_... from one and the same shop (source .run/env)",
            say_kafka()->bootstrap, actual, expected);
        code = EXIT_REFUSED;
    }
    rd_kafka_mem_free(tape_client(tape), actual);
    return code;
}

enum exit_code cluster_check(void)
{
    const char *expected = getenv("KAFKA_CLUSTER");
    struct tape *tape = NULL;
    enum exit_code code;
    struct err err;

    if (!expected || !*expected)
        return EXIT_DONE;
    code = tape_open(&tape, &err) == ST_OK ? compare(tape, expected) : give_up(ST_RETRY, &err);
    tape_close(tape);
    return code;
}
