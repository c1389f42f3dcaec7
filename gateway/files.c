/* files.c - what lies under /static. Responses are made once, and those of texts once more compressed; a request costs a
 * search and a reference. */
#include "gateway/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum {
    MAX_FILES = 1000,
    MAX_BYTES = 64 * 1024 * 1024,
    ETAG_BYTES = 16,
    MIN_PACKED_BYTES = 300,
    GZIP_WINDOW_BITS = 15 + 16
};

/* The file's bytes, or the same compressed. */
struct form_of_file {
    char etag[2 * ETAG_BYTES + 6];      /* with its quotes */
    struct MHD_Response *named, *found; /* by a link with the content's hash; by its bare name */
    struct MHD_Response *same;          /* the client has it: 304 */
};

struct file {
    struct str name;
    struct form_of_file plain, packed; /* packed without responses: it would not be smaller */
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

/* A strong tag: what is compressed has another. */
static void write_etag(char *etag, const void *bytes, size_t len, const char *encoding)
{
    uint8_t digest[EVP_MAX_MD_SIZE];

    if (EVP_Digest(bytes, len, digest, NULL, EVP_sha256(), NULL) != 1)
        abort();
    *etag++ = '"';
    for (size_t i = 0; i < ETAG_BYTES; i++)
        etag += snprintf(etag, 3, "%02x", digest[i]);
    snprintf(etag, sizeof "-gz\"", "%s\"", encoding ? "-gz" : "");
}

static struct MHD_Response *response_of(const char *etag, void *bytes, size_t len, const char *type,
                                        const char *encoding, const char *kept)
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
        if (encoding)
            (void)MHD_add_response_header(response, "Content-Encoding", encoding);
    }
    (void)MHD_add_response_header(response, "ETag", etag);
    (void)MHD_add_response_header(response, "Vary", "Accept-Encoding");
    (void)MHD_add_response_header(response, "Cache-Control", kept);
    return response;
}

static void make_responses(struct form_of_file *form, void *bytes, size_t len, const char *type, const char *encoding)
{
    write_etag(form->etag, bytes, len, encoding);
    form->named = response_of(form->etag, bytes, len, type, encoding, "public, max-age=31536000, immutable");
    form->found = response_of(form->etag, bytes, len, type, encoding, "public, max-age=600");
    form->same = response_of(form->etag, bytes, 0, NULL, NULL, "public, max-age=600");
}

static bool is_text(const char *type)
{
    return strncmp(type, "text/", 5) == 0 || strcmp(type, "image/svg+xml") == 0;
}

/* With gzip's frame, as well as it can be: it is done once. 0 when it does not become smaller. */
static size_t pack(struct arena *arena, void *bytes, size_t len, void **packed)
{
    z_stream stream = {.next_in = bytes, .avail_in = (uInt)len, .avail_out = (uInt)len};
    bool smaller;

    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW_BITS, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    *packed = arena_alloc(arena, len);
    stream.next_out = *packed;
    smaller = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    deflateEnd(&stream);
    return smaller ? stream.total_out : 0;
}

static void take(struct files *files, struct str name, const char *type, void *bytes, size_t len)
{
    struct file *file = &files->items[files->count++];
    size_t packed_len = 0;
    void *packed;

    *file = (struct file){.name = name};
    make_responses(&file->plain, bytes, len, type, NULL);
    if (len >= MIN_PACKED_BYTES && is_text(type))
        packed_len = pack(&files->arena, bytes, len, &packed);
    if (packed_len)
        make_responses(&file->packed, packed, packed_len, type, "gzip");
}

/* --- reading -------------------------------------------------------------------------------------------------------- */

static enum status read_file(struct files *files, const char *path, struct str name, const char *type, struct err *err)
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
    take(files, name, type, bytes, (size_t)about.st_size);
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
        const char *type = type_of(entry->d_name);
        struct stat about;

        if (entry->d_name[0] == '.' || stat(below.ptr, &about) != 0)
            continue;
        if (S_ISDIR(about.st_mode))
            status = read_folder(files, below, name, err);
        else if (S_ISREG(about.st_mode) && type)
            status = read_file(files, below.ptr, name, type, err);
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

void files_add(struct files *files, const char *name, struct str content)
{
    void *bytes = arena_alloc(&files->arena, content.len);
    const char *type = type_of(name);

    if (type == NULL || files->count == MAX_FILES)
        abort();
    memcpy(bytes, content.ptr, content.len);
    take(files, str_of(name), type, bytes, content.len);
    qsort(files->items, files->count, sizeof *files->items, by_name);
}

static void release(struct form_of_file *form)
{
    if (form->named == NULL)
        return;
    MHD_destroy_response(form->named);
    MHD_destroy_response(form->found);
    MHD_destroy_response(form->same);
}

void files_close(struct files *files)
{
    if (files == NULL)
        return;
    for (size_t i = 0; i < files->count; i++) {
        release(&files->items[i].plain);
        release(&files->items[i].packed);
    }
    arena_release(&files->arena);
    free(files);
}

/* --- answering ------------------------------------------------------------------------------------------------------ */

/* RFC 9110, Accept-Encoding, as far as gzip is meant: named, and not with a weight of nothing. */
static bool takes_gzip(struct str accepted)
{
    bool takes = false;

    while (accepted.len) {
        const char *comma = memchr(accepted.ptr, ',', accepted.len);
        struct str one = {accepted.ptr, comma ? (size_t)(comma - accepted.ptr) : accepted.len};

        accepted = (struct str){one.ptr + one.len + (comma != NULL), accepted.len - one.len - (comma != NULL)};
        while (one.len && (one.ptr[0] == ' ' || one.ptr[0] == '\t'))
            one = (struct str){one.ptr + 1, one.len - 1};
        if (one.len < 4 || strncasecmp(one.ptr, "gzip", 4) != 0 || (one.len > 4 && !strchr(" \t;", one.ptr[4])))
            continue;
        takes = true;
        for (size_t i = 4; i + 2 < one.len; i++) /* q=0, q=0.00: not at all */
            if ((one.ptr[i] | 0x20) == 'q' && one.ptr[i + 1] == '=' && one.ptr[i + 2] == '0')
                takes = strcspn(one.ptr + i, "123456789") < one.len - i;
    }
    return takes;
}

static bool client_has(const struct request *request, const struct form_of_file *form)
{
    struct str tags = request_header(request, "If-None-Match");

    return tags.len && (str_is(tags, "*") || memmem(tags.ptr, tags.len, form->etag, strlen(form->etag)));
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
    const struct form_of_file *form;

    if (file == NULL)
        return false;
    form = file->packed.named && takes_gzip(request_header(request, "Accept-Encoding")) ? &file->packed : &file->plain;
    if (client_has(request, form))
        answer_prepared(request, MHD_HTTP_NOT_MODIFIED, form->same);
    else
        answer_prepared(request, MHD_HTTP_OK, form_value(&request->form, "v").len ? form->named : form->found);
    return true;
}
