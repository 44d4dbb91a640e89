/* Which filters an expert's string may name. */
#include "expert.h"

#include <string.h>

/* A list of what is allowed, because a list of what is not would have to know every filter to come. Sorted. */
static const char *const allowed[] = {
    "atadenoise", "avgblur", "bilateral", "boxblur", "cas", "chromanr", "chromashift", "colorbalance",
    "colorchannelmixer", "colorcontrast", "colorcorrect", "colorlevels", "colortemperature", "convolution", "curves",
    "dblur", "deband", "deblock", "dedot", "deflate", "deflicker", "delogo", "derain", "dilation", "edgedetect", "eq",
    "erosion", "exposure", "fade", "fftdnoiz", "format", "gblur", "gradfun", "histeq", "hqdn3d", "hue",
    "huesaturation", "il", "inflate", "lagfun", "limiter", "lut", "lutrgb", "lutyuv", "median", "monochrome", "negate",
    "nlmeans", "noise", "normalize", "null", "owdenoise", "pp7", "removegrain", "sab", "selectivecolor", "smartblur",
    "sobel", "spp", "tmix", "unsharp", "vaguedenoiser", "vibrance", "vignette", "yaepblur",
};

static bool is_allowed(const char *name, size_t size)
{
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
        if (strlen(allowed[i]) == size && !memcmp(allowed[i], name, size))
            return true;
    }
    return false;
}

/* Arguments that name a file: `curves` can read presets, and options of the kind must not slip in under escapes. */
static bool names_a_file(const char *args, size_t size)
{
    static const char *const words[] = { "psfile", "plot", "file", "path", "stats", "textfile", "url" };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t n = strlen(words[i]);
        for (size_t at = 0; at + n <= size; at++) {
            if (!memcmp(args + at, words[i], n))
                return true;
        }
    }
    return false;
}

int rl_expert_check(const char *chain, reel_error *err)
{
    /* Without these there are no labels, no second chain, no quoting and no escapes: what is left splits at commas. */
    const char *bad = strpbrk(chain, "[];'\\\"@/");
    if (bad)
        return rl_err(err, REEL_ERR_OPTION, "option", "video.filter: the character %c is not taken", *bad);
    for (const char *p = chain; *p; p++) {
        if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
            return rl_err(err, REEL_ERR_OPTION, "option", "video.filter: only plain ASCII is taken");
    }
    for (const char *p = chain;; p++) {
        size_t size = strcspn(p, ","), name = strcspn(p, "=,");
        if (!is_allowed(p, name))
            return rl_err(err, REEL_ERR_OPTION, "option", "video.filter: \"%.*s\" is not on the list of filters",
                          (int)(name < 60 ? name : 60), p);
        if (names_a_file(p + name, size - name))
            return rl_err(err, REEL_ERR_OPTION, "option", "video.filter: \"%.*s\" must not name files", (int)name, p);
        p += size;
        if (!*p)
            return 0;
    }
}
