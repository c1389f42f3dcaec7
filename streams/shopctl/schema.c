/* schema.c - shopctl schema: whether changed schemas may be published, and publishing them. The rules live in one place,
 * events/generator; this finds that place, runs it, and tells what it says by the exit code. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "streams/shopctl/shopctl.h"

static const char help[] =
    "shopctl schema check FILE.avsc...   may these take the place of what was published? changes nothing\n"
    "shopctl schema publish [--dry-run]  gives changed schemas of events/schemas their next version and id; --dry-run: only\n"
    "                                    whether they may have one\n"
    "  Fields are added with a default and never renamed, enums only grow, no maps, no recursion: every version that was ever\n"
    "  published must be readable by the new one, and the other way round. Exit code 3 names the rule that is broken.\n"
    "  Needs the source tree: events/ below the working directory, or beside the program's build/bin.\n";

/* events/generator/generate.py, from where one stands or from where the program lies. */
static bool find_generator(char *path, size_t size_bytes)
{
    char self[512];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *slash;

    snprintf(path, size_bytes, "events/generator/generate.py");
    if (access(path, R_OK) == 0)
        return true;
    self[len < 0 ? 0 : len] = '\0';
    for (int up = 0; up < 3 && (slash = strrchr(self, '/')); up++)
        *slash = '\0';
    snprintf(path, size_bytes, "%s/events/generator/generate.py", self);
    return access(path, R_OK) == 0;
}

static enum exit_code run(char **words)
{
    pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        execv(words[0], words);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) == 127) {
        complain("%s does not run", words[0]);
        return EXIT_FAILED;
    }
    return WEXITSTATUS(status) == 0 ? EXIT_DONE : WEXITSTATUS(status) == 2 ? EXIT_USAGE : EXIT_REFUSED;
}

/* Every schema of the tree that the generator belongs to. */
static enum exit_code check_all(char **words, const char *generator)
{
    int root = (int)(strlen(generator) - strlen("generator/generate.py"));
    glob_t found = {.gl_offs = 3};
    enum exit_code code = EXIT_FAILED;
    char pattern[620];

    snprintf(pattern, sizeof(pattern), "%.*sschemas/*.avsc", root, generator);
    if (glob(pattern, GLOB_DOOFFS, NULL, &found) == 0) {
        memcpy(found.gl_pathv, words, 3 * sizeof(*words));
        code = run(found.gl_pathv);
    } else {
        complain("there are no schemas at %s", pattern);
    }
    globfree(&found);
    return code;
}

enum exit_code schema(int argc, char **argv)
{
    static char python[] = "/usr/bin/python3", check[] = "--check-change", publish[] = "--publish";
    bool trying = argc == 3 && strcmp(argv[1], "publish") == 0 && strcmp(argv[2], "--dry-run") == 0;
    bool checking = trying || (argc > 2 && strcmp(argv[1], "check") == 0);
    bool wants_help = argc > 1 && strcmp(argv[argc - 1], "--help") == 0;
    char **words = calloc((size_t)argc + 4, sizeof(*words));
    enum exit_code code = EXIT_USAGE;
    char path[600];

    if (!words)
        abort();
    words[0] = python;
    words[1] = path;
    words[2] = checking ? check : publish;
    for (int i = 2; checking && !trying && i < argc; i++)
        words[i + 1] = argv[i];
    if (wants_help || (!checking && (argc != 2 || strcmp(argv[1], "publish") != 0))) {
        fputs(help, wants_help ? stdout : stderr);
        code = wants_help ? EXIT_DONE : EXIT_USAGE;
    } else if (!find_generator(path, sizeof(path))) {
        complain("there is no events/generator here: run it in the source tree");
    } else {
        code = trying ? check_all(words, path) : run(words);
    }
    free(words);
    return code;
}
