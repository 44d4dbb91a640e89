/*
 * SVT-AV1 through libavcodec. All of its own options go through `svtav1-params`, since that text means the same on every
 * FFmpeg; of these only `lp` is about threads, and it does not change the bytes.
 */
#include "codecs.h"

#include "../compat.h"
#include "nice.h"

#include <libavcodec/avcodec.h>
#include <libavutil/mem.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <dlfcn.h>
#include <locale.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <pthread.h>
#include <stdio.h>
#include <time.h>

struct svt {
    AVCodecContext *context;
    locale_t locale; /* of the guard's thread while the codec is open */
    int preset, crf, grain, threads;
    bool busy; /* it has frames and not yet the end */
    struct rl_mastering mastering;
    struct rl_light light;
};

static const AVCodec *find(void)
{
    return RL_HAVE_SVTAV1 ? avcodec_find_encoder_by_name("libsvtav1") : NULL;
}

/*
 * Of the SVT-AV1 that libavcodec brought along; "" where it brought none. The engine is not linked with it, and a weak reference
 * becomes a strong one as soon as another library of ours (libavif) has one: so it is looked up, in libavcodec and what that needs.
 */
static const char *version_text(void)
{
    const char *text = "";
    Dl_info info;
    bool found = dladdr((void *)(uintptr_t)avcodec_version, &info) != 0;
    void *lib = found ? dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD) : NULL;
    void *symbol = lib ? dlsym(lib, "svt_av1_get_version") : NULL;
    if (symbol)
        text = ((const char *(*)(void))(uintptr_t)symbol)(); /* static text */
    if (lib)
        dlclose(lib);
    return *text == 'v' ? text + 1 : text;
}

static bool svt_present(const char **version)
{
    *version = version_text();
    return find() != NULL;
}

/* Major and minor in one number: 2.3 is 203. 0 where the version is not known. */
static int version(void)
{
    int major = 0, minor = 0;
    return sscanf(version_text(), "%d.%d", &major, &minor) == 2 ? major * 100 + minor : 0;
}

/*
 * Speed level to preset. Releases renumber their presets and make the same number faster, so a level is what takes no longer
 * than it did with 1.4; from 3.0 on the scale ends at 10 for anything but real-time communication.
 */
static int preset_of(int speed)
{
    static const int8_t until_1[10] = { 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 };
    static const int8_t until_2[10] = { 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
    static const int8_t from_3[10] = { 2, 3, 4, 4, 5, 6, 7, 8, 9, 10 };
    int level = speed < 0 ? 0 : speed > 9 ? 9 : speed;
    return version() >= 300 ? from_3[level] : version() >= 200 ? until_2[level] : until_1[level];
}

/* What to say for lp: from 2.3 on no number of threads but a level; each is meant for machines of so many processors. */
static int parallelism(int threads)
{
    static const int processors[] = { 1, 2, 5, 11, 23 };
    int level = 1;
    if (version() < 203)
        return threads;
    for (size_t i = 0; i < sizeof(processors) / sizeof(processors[0]); i++)
        level += threads > processors[i];
    return level;
}

/*
 * SVT-AV1 keeps its view of the machine's processors in a variable of the process (lp_group). Opening any encoder writes through it and
 * closing any frees it, so two of them at the same moment end in a double free or worse. Hence the lock, which is of the process too.
 */
static pthread_mutex_t topology = PTHREAD_MUTEX_INITIALIZER;

enum { TOPOLOGY_WAIT = 10 }; /* s */

/* Out of memory, an encoder may hang while it opens, for ever: it must not take all later ones with it, so after a time they go on
 * without the lock, which is then false. The one that hangs touches nothing any more. */
static bool lock_topology(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += TOPOLOGY_WAIT;
    return pthread_mutex_timedlock(&topology, &until) == 0;
}

static void unlock_topology(bool locked)
{
    if (locked)
        pthread_mutex_unlock(&topology);
}

static double value(reel_ratio r)
{
    return r.den ? (double)r.num / r.den : 0;
}

/*
 * The text of all options. keyint=-1: one keyframe at the start, since a run of this encoder is one segment. HDR metadata
 * is in CIE 1931 coordinates and cd/m2; SVT-AV1 does the scaling to fixed point.
 */
static bool params_text(const struct svt *svt, char *to, size_t size)
{
    int n = snprintf(to, size, "lp=%d:keyint=-1:irefresh-type=2", parallelism(svt->threads));
    if (svt->grain > 0)
        n += snprintf(to + n, size - (size_t)n, ":film-grain=%d", svt->grain);
    const struct rl_mastering *m = &svt->mastering;
    if (m->present)
        n += snprintf(to + n, size - (size_t)n, "%s:mastering-display=G(%.6f,%.6f)B(%.6f,%.6f)R(%.6f,%.6f)"
                      "WP(%.6f,%.6f)L(%.6f,%.6f)", version() < 400 ? ":enable-hdr=1" : "", value(m->g[0]),
                      value(m->g[1]), value(m->b[0]), value(m->b[1]), value(m->r[0]), value(m->r[1]),
                      value(m->white[0]), value(m->white[1]), value(m->max_luminance), value(m->min_luminance));
    if (svt->light.present && (size_t)n < size)
        n += snprintf(to + n, size - (size_t)n, ":content-light=%d,%d", (int)svt->light.max_cll,
                      (int)svt->light.max_fall);
    return (size_t)n < size;
}

static int svt_open(void *codec, AVFrame *first)
{
    (void)first;
    struct svt *svt = codec;
    rl_drop_nice();
    /* Numbers in the text have a point whatever the host's locale says, both as we print and as SVT-AV1 reads them. */
    svt->locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!svt->locale)
        return AVERROR(ENOMEM);
    uselocale(svt->locale);

    char params[640], preset[8], crf[8];
    if (!params_text(svt, params, sizeof(params)))
        return AVERROR(EINVAL);
    snprintf(preset, sizeof(preset), "%d", svt->preset);
    snprintf(crf, sizeof(crf), "%d", svt->crf);
    AVDictionary *options = NULL;
    int rc = av_dict_set(&options, "preset", preset, 0);
    if (rc >= 0)
        rc = av_dict_set(&options, "crf", crf, 0);
    if (rc >= 0)
        rc = av_dict_set(&options, "svtav1-params", params, 0);
    if (rc >= 0) {
        bool locked = lock_topology();
        rc = avcodec_open2(svt->context, NULL, &options);
        unlock_topology(locked);
    }
    av_dict_free(&options);
    return rc;
}

static int svt_send(void *codec, AVFrame *frame)
{
    struct svt *svt = codec;
    svt->busy = frame != NULL;
    return avcodec_send_frame(svt->context, frame);
}

static int svt_receive(void *codec, AVPacket *packet)
{
    return avcodec_receive_packet(((struct svt *)codec)->context, packet);
}

static void svt_close(void *codec)
{
    struct svt *svt = codec;
    if (svt->busy) {
        /* Left in the middle. Told of the end first, SVT-AV1 neither complains on stderr nor waits for frames. */
        AVPacket *packet = av_packet_alloc();
        if (packet && avcodec_send_frame(svt->context, NULL) >= 0)
            avcodec_receive_packet(svt->context, packet);
        av_packet_free(&packet);
    }
    bool locked = lock_topology();
    avcodec_free_context(&svt->context);
    unlock_topology(locked);
    if (svt->locale) {
        uselocale(LC_GLOBAL_LOCALE);
        freelocale(svt->locale);
    }
    av_free(svt);
#ifdef __GLIBC__
    /* An encoder of 1080p leaves some 400 MB in pieces all over the heaps of its threads, which glibc would keep: the next
     * encoder, whose threads use other heaps, then comes on top. */
    malloc_trim(0);
#endif
}

static void set_colour(AVCodecContext *c, const struct rl_colour *colour)
{
    c->color_primaries = (enum AVColorPrimaries)colour->primaries;
    c->color_trc = (enum AVColorTransferCharacteristic)colour->transfer;
    c->colorspace = (enum AVColorSpace)colour->matrix;
    c->color_range = colour->full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    /* AV1 has names for these two only. */
    if (colour->chroma_location == AVCHROMA_LOC_LEFT || colour->chroma_location == AVCHROMA_LOC_TOPLEFT)
        c->chroma_sample_location = (enum AVChromaLocation)colour->chroma_location;
}

static int svt_create(void **codec, struct rl_flow *flow, const struct rl_video_spec *spec, int threads)
{
    if (!find())
        return rl_err(flow->err, REEL_ERR_UNSUPPORTED, "encode", "built without SVT-AV1");
    struct svt *svt = rl_fault(flow->env, REEL_FAULT_ALLOC) ? NULL : av_mallocz(sizeof(*svt));
    if (!svt || !(svt->context = avcodec_alloc_context3(find()))) {
        av_free(svt);
        return rl_err_nomem(flow->err, "encode");
    }
    svt->preset = preset_of(spec->preset);
    svt->crf = spec->crf;
    svt->grain = spec->grain;
    svt->threads = threads;
    svt->mastering = spec->mastering;
    svt->light = spec->light;
    AVCodecContext *c = svt->context;
    rl_picture_size(spec, &c->width, &c->height);
    c->pix_fmt = av_get_pix_fmt(spec->picture.pixel_format);
    c->framerate = rl_nominal_rate(spec);
    c->time_base = av_inv_q(c->framerate);
    c->log_level_offset = RL_LOG_SILENT;
    set_colour(c, &spec->picture.colour);
    *codec = svt;
    return 0;
}

const struct rl_codec rl_codec_svtav1 = {
    .name = "SVT-AV1",
    .present = svt_present,
    .create = svt_create,
    .ops = { .open = svt_open, .send = svt_send, .receive = svt_receive, .close = svt_close },
};
