#include "avio.h"

#include "../../base/io.h"

#include <errno.h>
#include <libavutil/error.h>
#include <libavutil/mem.h>
#include <sys/stat.h>

#define BUFFER_SIZE (64 * 1024)

struct reader {
    struct rl_flow *flow;
    int fd;
    int64_t at;
    int64_t size;
    int error; /* errno of the first read that failed */
};

static int reader_read(void *opaque, uint8_t *to, int size)
{
    struct reader *r = opaque;
    int64_t n;

    if (r->at >= r->size)
        return AVERROR_EOF;
    n = rl_pread(r->flow->env, r->fd, to, (size_t)size, r->at);
    if (n < 0) {
        if (!r->error)
            r->error = (int)-n;
        return AVERROR((int)-n);
    }
    if (n == 0)
        return AVERROR_EOF;
    r->at += n;
    return (int)n;
}

static int64_t reader_seek(void *opaque, int64_t offset, int whence)
{
    struct reader *r = opaque;

    switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
        return r->size;
    case SEEK_SET:
        break;
    case SEEK_CUR:
        offset += r->at;
        break;
    case SEEK_END:
        offset += r->size;
        break;
    default:
        return AVERROR(EINVAL);
    }
    if (offset < 0)
        return AVERROR(EINVAL);
    r->at = offset; /* past the end is fine: the next read says so */
    return offset;
}

int rl_avio_open(AVIOContext **out, struct rl_flow *flow, int fd)
{
    struct stat st;
    struct reader *r = NULL;
    uint8_t *buffer = NULL;

    *out = NULL;
    if (fstat(fd, &st) < 0)
        return rl_err_errno(flow->err, errno, "input", "the input cannot be examined");
    r = rl_calloc(flow->env, 1, sizeof(*r));
    buffer = av_malloc(BUFFER_SIZE);
    if (!r || !buffer)
        goto nomem;
    r->flow = flow;
    r->fd = fd;
    r->size = st.st_size;
    *out = avio_alloc_context(buffer, BUFFER_SIZE, 0, r, reader_read, NULL, reader_seek);
    if (!*out)
        goto nomem;
    return 0;

nomem:
    av_free(buffer);
    rl_free(flow->env, r);
    return rl_err_nomem(flow->err, "input");
}

void rl_avio_close(AVIOContext **io)
{
    struct reader *r;

    if (!*io)
        return;
    r = (*io)->opaque;
    av_freep(&(*io)->buffer); /* lavf may have replaced the one it was given */
    avio_context_free(io);
    rl_free(r->flow->env, r);
}

int rl_avio_errno(const AVIOContext *io)
{
    return ((const struct reader *)io->opaque)->error;
}

int64_t rl_avio_size(const AVIOContext *io)
{
    return ((const struct reader *)io->opaque)->size;
}
