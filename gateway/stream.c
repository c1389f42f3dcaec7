/* stream.c - an answer that goes on: server-sent events. What is sent waits in a buffer until the client takes it; while
 * there is nothing, the connection is suspended. */
#include <stdlib.h>

#include "gateway/server.h"

enum { MAX_WAITING_BYTES = 64 * 1024, BLOCK_BYTES = 4096 };

struct stream {
    struct request *request;
    struct out out;
    size_t taken; /* of out */
    bool ended;
    void (*closed)(void *context);
    void *context;
};

static ssize_t take(void *cls, uint64_t position, char *buffer, size_t room)
{
    struct stream *stream = cls;
    size_t left = stream->out.len - stream->taken;

    (void)position;
    if (left == 0 && stream->ended)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (left == 0) {
        stream->request->waiting = true;
        MHD_suspend_connection(stream->request->connection);
        return 0;
    }
    if (left > room)
        left = room;
    memcpy(buffer, stream->out.ptr + stream->taken, left);
    stream->taken += left;
    if (stream->taken == stream->out.len) {
        out_clear(&stream->out);
        stream->taken = 0;
    }
    return (ssize_t)left;
}

struct stream *answer_stream(struct request *request, void (*closed)(void *context), void *context)
{
    struct stream *stream = calloc(1, sizeof *stream);
    struct MHD_Response *response;

    if (stream == NULL)
        abort();
    *stream = (struct stream){.request = request, .closed = closed, .context = context};
    out_init(&stream->out);
    response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, take, stream, NULL);
    if (response == NULL)
        abort();
    (void)MHD_add_response_header(response, "Content-Type", "text/event-stream");
    (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    (void)MHD_add_response_header(response, "X-Accel-Buffering", "no"); /* for a proxy that would collect the events */
    request->stream = stream;
    http_respond(request, MHD_HTTP_OK, response);
    return stream;
}

/* "data: " before each line, and an empty line at the end. */
static void put_event(struct out *out, const char *name, struct str data)
{
    if (name[0] == 0) {
        out_put(out, ":\n\n", 3);
        return;
    }
    out_put_str(out, STR("event: "));
    out_put(out, name, strlen(name));
    out_put(out, "\n", 1);
    for (size_t at = 0; at < data.len;) {
        const char *end = memchr(data.ptr + at, '\n', data.len - at);
        size_t len = end ? (size_t)(end - (data.ptr + at)) : data.len - at;

        out_put_str(out, STR("data: "));
        out_put(out, data.ptr + at, len);
        out_put(out, "\n", 1);
        at += len + 1;
    }
    out_put(out, "\n", 1);
}

void stream_send(struct stream *stream, const char *name, struct str data)
{
    if (stream->ended)
        return;
    put_event(&stream->out, name, data);
    if (stream->out.len - stream->taken > MAX_WAITING_BYTES)
        stream->ended = true;
    http_resume(stream->request);
}

void stream_end(struct stream *stream)
{
    stream->ended = true;
    http_resume(stream->request);
}

void stream_closed(struct stream *stream)
{
    stream->closed(stream->context);
    out_release(&stream->out);
    free(stream);
}
