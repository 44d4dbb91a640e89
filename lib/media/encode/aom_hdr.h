/* HDR metadata for libaom: OBU payloads (AV1 specification 5.8.3, 5.8.4), fixed-point and big-endian. */
#ifndef RL_MEDIA_AOM_HDR_H
#define RL_MEDIA_AOM_HDR_H

#include "../../engine/facts.h"

#include <aom/aom_image.h>

/* Adds what is present to a key frame's image, whose aom_img_free then frees it. 0 or AVERROR(ENOMEM). */
int rl_aom_add_hdr(aom_image_t *image, const struct rl_mastering *mastering, const struct rl_light *light);

#endif
