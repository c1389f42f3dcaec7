/* once.c - what --once does: remembers files by their content, so that what a keeper changed since is not offered over again. */
#include "streams/shopctl/once.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "streams/shopctl/shopctl.h"

enum { HEX_BYTES = 2 * 32 + 1 };

static bool hash(const char *path, char hex[HEX_BYTES])
{
    FILE *file = fopen(path, "re");
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char bytes[4096], digest[EVP_MAX_MD_SIZE];
    bool well = file && context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

    for (size_t len = 1; well && len > 0;) {
        len = fread(bytes, 1, sizeof(bytes), file);
        well = !ferror(file) && EVP_DigestUpdate(context, bytes, len) == 1;
    }
    well = well && EVP_DigestFinal_ex(context, digest, NULL) == 1;
    for (size_t i = 0; well && i < HEX_BYTES / 2; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    EVP_MD_CTX_free(context);
    if (file)
        fclose(file);
    return well;
}

bool once_was_offered(const char *marks, const char *path)
{
    char wanted[HEX_BYTES], line[HEX_BYTES + 1];
    bool found = false;
    FILE *file = marks ? fopen(marks, "re") : NULL;

    if (file && hash(path, wanted))
        while (!found && fgets(line, sizeof(line), file))
            found = strncmp(line, wanted, HEX_BYTES - 1) == 0;
    if (file)
        fclose(file);
    return found;
}

bool once_note(const char *marks, const char *path)
{
    char hex[HEX_BYTES];
    FILE *file = hash(path, hex) ? fopen(marks, "ae") : NULL;
    bool well = file && fprintf(file, "%s\n", hex) > 0;

    if (file)
        well = fclose(file) == 0 && well;
    if (!well)
        complain("%s was offered, and %s cannot be written: %s", path, marks, strerror(errno));
    return well;
}
