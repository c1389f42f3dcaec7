/* files.c - what lies under /static. Responses are made once; a request costs a search and a reference. */
#include "gateway/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_FILES = 1000, MAX_BYTES = 64 * 1024 * 1024, ETAG_BYTES = 16 };

struct file {
    struct str name;
    char etag[2 * ETAG_BYTES + 3];      /* with its quotes */
    struct MHD_Response *named, *found; /* by a link with the content's hash; by its bare name */
    struct MHD_Response *same;          /* the client has it: 304 */
};

struct files {
    struct arena arena;
    struct file *items;
    size_t count, bytes;
};

static const char *const types[][2] = {
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
};

/* NULL for what a shop does not serve (notes, sources). */
static const char *type_of(const char *name)
{
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++)
        if (strcmp(dot, types[i][0]) == 0)
            return types[i][1];
    return NULL;
}

static void write_etag(struct file *file, const void *bytes, size_t len)
{
    uint8_t digest[EVP_MAX_MD_SIZE];

    if (EVP_Digest(bytes, len, digest, NULL, EVP_sha256(), NULL) != 1)
        abort();
    file->etag[0] = '"';
    for (size_t i = 0; i < ETAG_BYTES; i++)
        snprintf(file->etag + 1 + 2 * i, 3, "%02x", digest[i]);
    file->etag[sizeof file->etag - 2] = '"';
}

static struct MHD_Response *response_of(const struct file *file, void *bytes, size_t len, const char *type,
                                        const char *kept)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(len, bytes, MHD_RESPMEM_PERSISTENT);

    if (response == NULL)
        abort();
    if (type) {
        (void)MHD_add_response_header(response, "Content-Type", type);
        (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
        /* a picture that is opened by itself is a document: it may not run anything */
        (void)MHD_add_response_header(response, "Content-Security-Policy",
                                      "default-src 'none'; style-src 'unsafe-inline'");
    }
    (void)MHD_add_response_header(response, "ETag", file->etag);
    (void)MHD_add_response_header(response, "Cache-Control", kept);
    return response;
}

static void make_responses(struct file *file, void *bytes, size_t len)
{
    const char *type = type_of(file->name.ptr);

    write_etag(file, bytes, len);
    file->named = response_of(file, bytes, len, type, "public, max-age=31536000, immutable");
    file->found = response_of(file, bytes, len, type, "public, max-age=600");
    file->same = response_of(file, bytes, 0, NULL, "public, max-age=600");
}

/* --- reading -------------------------------------------------------------------------------------------------------- */

static enum status read_file(struct files *files, const char *path, struct str name, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    void *bytes;
    bool whole;

    if (fd < 0 || fstat(fd, &about) != 0) {
        if (fd >= 0)
            close(fd);
        return err_set(err, ST_FATAL, "the file %s cannot be read: %s", path, strerror(errno));
    }
    files->bytes += (size_t)about.st_size;
    if (files->bytes > MAX_BYTES || files->count == MAX_FILES) {
        close(fd);
        return err_set(err, ST_FATAL, "%s is one file too many for what is answered from memory", path);
    }
    bytes = arena_alloc(&files->arena, (size_t)about.st_size);
    whole = read(fd, bytes, (size_t)about.st_size) == about.st_size;
    close(fd);
    if (!whole)
        return err_set(err, ST_FATAL, "the file %s ended early", path);
    files->items[files->count].name = name;
    make_responses(&files->items[files->count++], bytes, (size_t)about.st_size);
    return ST_OK;
}

static enum status read_folder(struct files *files, struct str path, struct str prefix, struct err *err)
{
    DIR *folder = opendir(path.ptr);
    enum status status = ST_OK;
    struct dirent *entry;

    if (folder == NULL)
        return err_set(err, ST_FATAL, "the folder %s cannot be read: %s", path.ptr, strerror(errno));
    while (status == ST_OK && (entry = readdir(folder))) {
        struct str below = arena_printf(&files->arena, STR_FMT "/%s", STR_ARG(path), entry->d_name);
        struct str name = arena_printf(&files->arena, STR_FMT "%s%s", STR_ARG(prefix), prefix.len ? "/" : "",
                                       entry->d_name);
        struct stat about;

        if (entry->d_name[0] == '.' || stat(below.ptr, &about) != 0)
            continue;
        if (S_ISDIR(about.st_mode))
            status = read_folder(files, below, name, err);
        else if (S_ISREG(about.st_mode) && type_of(entry->d_name))
            status = read_file(files, below.ptr, name, err);
    }
    closedir(folder);
    return status;
}

static int by_name(const void *a, const void *b)
{
    return str_compare(((const struct file *)a)->name, ((const struct file *)b)->name);
}

enum status files_open(const char *folder, struct files **opened, struct err *err)
{
    struct files *files = calloc(1, sizeof *files);
    enum status status;

    if (files == NULL)
        abort();
    arena_init(&files->arena);
    files->items = arena_array(&files->arena, MAX_FILES, sizeof *files->items);
    status = read_folder(files, arena_copy(&files->arena, str_of(folder)), (struct str){NULL, 0}, err);
    qsort(files->items, files->count, sizeof *files->items, by_name);
    *opened = files;
    return status;
}

void files_close(struct files *files)
{
    if (files == NULL)
        return;
    for (size_t i = 0; i < files->count; i++) {
        MHD_destroy_response(files->items[i].named);
        MHD_destroy_response(files->items[i].found);
        MHD_destroy_response(files->items[i].same);
    }
    arena_release(&files->arena);
    free(files);
}

/* --- answering ------------------------------------------------------------------------------------------------------ */

static bool client_has(const struct request *request, const struct file *file)
{
    struct str tags = request_header(request, "If-None-Match");

    return tags.len && (str_is(tags, "*") || memmem(tags.ptr, tags.len, file->etag, strlen(file->etag)));
}

static const struct file *find(const struct files *files, struct str name)
{
    struct file key = {.name = name};

    return bsearch(&key, files->items, files->count, sizeof key, by_name);
}

bool files_have(const struct files *files, struct str name)
{
    return find(files, name) != NULL;
}

bool files_answer(const struct files *files, struct str name, struct request *request)
{
    const struct file *file = find(files, name);

    if (file == NULL)
        return false;
    if (client_has(request, file))
        answer_prepared(request, MHD_HTTP_NOT_MODIFIED, file->same);
    else
        answer_prepared(request, MHD_HTTP_OK, form_value(&request->form, "v").len ? file->named : file->found);
    return true;
}
