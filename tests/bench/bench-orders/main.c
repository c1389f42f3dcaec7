/* main.c - what an order costs, measured from outside: `bench-orders floor` and `bench-orders load`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

static int usage(void)
{
    fputs(
        "usage: bench-orders floor ROUNDS\n"
        "       bench-orders load COUNT RATE WINDOW [TROUBLE]     RATE 0: as many as WINDOW open orders allow; every\n"
        "           TROUBLEth is cancelled a while later, and as many have a card that is declined\n"
        "APP_KAFKA, APP_KEYS (folder of public keys) and APP_DATABASE (floor only) say where.\n",
        stderr);
    return 2;
}

static const char *setting(const char *name)
{
    const char *value = getenv(name);

    return value ? value : "";
}

int main(int argc, char **argv)
{
    struct bench bench = {
        .kafka = setting("APP_KAFKA"), .keys = setting("APP_KEYS"), .database = setting("APP_DATABASE")};
    struct err err = {"unknown command"};
    enum status status;

    if (!(argc == 3 && strcmp(argv[1], "floor") == 0) && !((argc == 5 || argc == 6) && strcmp(argv[1], "load") == 0))
        return usage();
    status = bench_open(&bench, &err);
    if (status == ST_OK && argc == 3)
        status = floor_measure(&bench, (int)strtol(argv[2], NULL, 10), &err);
    else if (status == ST_OK)
        status = load_measure(&bench, (int)strtol(argv[2], NULL, 10), (int)strtol(argv[3], NULL, 10),
                              (int)strtol(argv[4], NULL, 10), argc == 6 ? (int)strtol(argv[5], NULL, 10) : 0, &err);
    bench_close(&bench);
    if (status == ST_OK)
        return 0;
    fprintf(stderr, "bench-orders: %s\n", err.text);
    return 1;
}
