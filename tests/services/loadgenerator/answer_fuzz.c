/* answer_fuzz.c - any bytes as an HTTP answer. In one piece and in pieces of one byte it must come to the same. */
/* links: services/loadgenerator/answer.c base */
/* covers: services/loadgenerator/answer.c 90 */
#include <stdint.h>
#include <stdlib.h>

#include "services/loadgenerator/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum answer_progress hear(struct answer *answer, const char *bytes, size_t len, size_t piece)
{
    enum answer_progress progress = ANSWER_MORE;

    for (size_t at = 0; at < len && progress != ANSWER_BROKEN && progress != ANSWER_TOO_BIG; at += piece)
        progress = answer_hear(answer, bytes + at, piece < len - at ? piece : len - at);
    return progress == ANSWER_MORE ? answer_end(answer) : progress;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct answer whole, pieces;
    enum answer_progress progress;

    answer_init(&whole);
    answer_init(&pieces);
    progress = hear(&whole, bytes, size, size ? size : 1);
    if (hear(&pieces, bytes, size, 1) != progress)
        abort();
    if (progress == ANSWER_WHOLE && (whole.status != pieces.status || whole.keeps != pieces.keeps ||
                                     !str_equal(out_str(&whole.body), out_str(&pieces.body)) ||
                                     !str_equal(out_str(&whole.set_cookies), out_str(&pieces.set_cookies))))
        abort();
    answer_release(&whole);
    answer_release(&pieces);
    return 0;
}
