#include "capabilities.h"

#include "../base/json.h"
#include "allow.h"
#include "encode/encode.h"
#include "filter/graph.h"

#include <libavfilter/version.h>
#include <libavutil/avutil.h>
#include <libswresample/swresample.h>
#include <stdio.h>
#include <string.h>

static void version(json_t *to, const char *name, unsigned v, bool *ok)
{
    char text[32];

    snprintf(text, sizeof(text), "%u.%u.%u", AV_VERSION_MAJOR(v), AV_VERSION_MINOR(v), AV_VERSION_MICRO(v));
    rl_json_set_text(to, name, text, ok);
}

static json_t *libraries(bool *ok)
{
    json_t *o = json_object();

    rl_json_set_text(o, "ffmpeg", av_version_info(), ok);
    version(o, "libavutil", avutil_version(), ok);
    version(o, "libavcodec", avcodec_version(), ok);
    version(o, "libavformat", avformat_version(), ok);
    version(o, "libavfilter", avfilter_version(), ok);
    version(o, "libswresample", swresample_version(), ok);
    rl_json_set_text(o, "libavcodec_license", avcodec_license(), ok);
    return o;
}

/* Those names of a comma list that are there, or those that are not. */
static json_t *names(const char *list, bool (*present)(const char *name), bool wanted, bool *ok)
{
    json_t *a = json_array();
    char name[64];

    for (size_t n; *list; list += n + (list[n] == ',')) {
        n = strcspn(list, ",");
        snprintf(name, sizeof(name), "%.*s", (int)n, list);
        if (present(name) == wanted)
            rl_json_append(a, json_string(name), ok);
    }
    return a;
}

static bool has_demuxer(const char *name)
{
    return rl_allow_demuxer(name) != NULL;
}

static bool has_decoder(const char *name)
{
    const AVCodec *codec = avcodec_find_decoder_by_name(name);

    return codec && rl_allow_decoder(codec->id) != NULL;
}

static json_t *encoders(bool *ok)
{
    static const struct {
        const char *name;
        enum rl_encoder encoder;
    } all[] = { { "svtav1", RL_ENCODER_SVTAV1 }, { "aom", RL_ENCODER_AOM } };
    json_t *a = json_array();

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        const char *text = "";
        json_t *o = json_object();
        bool present = rl_encoder_present(all[i].encoder, &text);
        rl_json_set_text(o, "name", all[i].name, ok);
        rl_json_set_bool(o, "present", present, ok);
        rl_json_set_text(o, "version", text ? text : "", ok);
        rl_json_append(a, o, ok);
    }
    return a;
}

int rl_capabilities(struct rl_engine *engine, struct rl_buf *out, reel_error *err)
{
    static const char filters[] = "bwdif,yadif,hqdn3d,scale,transpose,hflip,vflip,crop,pad,zscale,tonemap";
    json_t *o = json_object();
    bool ok = o != NULL;

    (void)engine;
    rl_json_set_text(o, "build", rl_build_id(), &ok);
    rl_json_set(o, "libraries", libraries(&ok), &ok);
    rl_json_set(o, "containers", names(rl_allow_demuxers, has_demuxer, true, &ok), &ok);
    rl_json_set(o, "decoders", names(rl_allow_decoders, has_decoder, true, &ok), &ok);
    rl_json_set(o, "encoders", encoders(&ok), &ok);
    rl_json_set(o, "filters", names(filters, rl_filter_present, true, &ok), &ok);
    rl_json_set(o, "filters_missing", names(filters, rl_filter_present, false, &ok), &ok);
    rl_json_set(o, "decoders_missing", names(rl_allow_decoders, has_decoder, false, &ok), &ok);
    if (ok && rl_json_dump(o, out) < 0)
        ok = false;
    json_decref(o);
    return ok ? 0 : rl_err_nomem(err, "engine");
}
