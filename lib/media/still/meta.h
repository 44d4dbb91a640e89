/* Metadata of pictures: Exif, XMP and ICC as bytes. Pure functions on foreign bytes: every offset is checked. */
#ifndef RL_MEDIA_STILL_META_H
#define RL_MEDIA_STILL_META_H

#include "still.h"

/* Orientation tag of IFD0, 1 … 8; 1 when there is none or it is out of range. */
int rl_exif_orientation(const uint8_t *exif, size_t size);
/* 1 … 8 to mirrored (left-right, first) and rotation (clockwise, then). */
void rl_exif_turn(int orientation, int32_t *mirrored, int32_t *rotation);

enum rl_metadata { RL_METADATA_WEB, RL_METADATA_KEEP, RL_METADATA_STRIP };

/*
 * Appends what goes into the output. The picture has been turned upright, so an orientation is written as 1.
 * WEB: a small Exif with copyright, artist and image description only, and an XMP with dc:rights, dc:creator and the licence
 * only: no position, no device, no time, no thumbnail; nothing when there is none of these. KEEP: all of it, orientation set
 * to 1, but the thumbnail, which shows the picture as it was, and what XMP says of a video behind it. STRIP: nothing. Bytes
 * that make no sense are left out.
 */
int rl_exif_write(struct rl_buf *out, const uint8_t *exif, size_t size, enum rl_metadata what);
int rl_xmp_write(struct rl_buf *out, const uint8_t *xmp, size_t size, enum rl_metadata what);

/* What XMP says of the file beside the picture: a video (Motion Photo, MicroVideo), an HDR gain map. */
bool rl_xmp_motion(const uint8_t *xmp, size_t size);
bool rl_xmp_gain_map(const uint8_t *xmp, size_t size);

/* What kind of profile it is; profiles that differ from sRGB by no more than what 8 bits show are RL_ICC_SRGB. */
enum rl_icc rl_icc_kind(const uint8_t *icc, size_t size);

#endif
