/* Constants of ISO/IEC 14496-12 that writing and reading a fragment share. */
#ifndef RL_MEDIA_CMAF_BOX_H
#define RL_MEDIA_CMAF_BOX_H

#define RL_FRAGMENT_SAMPLES 1000000u /* more in one fragment is a mistake or an attack */

/* sample_flags: what it depends on, and whether decoding can begin here */
#define RL_SAMPLE_SYNC 0x02000000u
#define RL_SAMPLE_NON_SYNC 0x01010000u
#define RL_SAMPLE_NON_SYNC_BIT 0x00010000u

#define RL_TFHD_BASE_OFFSET 0x000001u
#define RL_TFHD_DESCRIPTION 0x000002u
#define RL_TFHD_DURATION 0x000008u
#define RL_TFHD_SIZE 0x000010u
#define RL_TFHD_FLAGS 0x000020u
#define RL_TFHD_BASE_IS_MOOF 0x020000u

#define RL_TRUN_DATA_OFFSET 0x000001u
#define RL_TRUN_FIRST_FLAGS 0x000004u
#define RL_TRUN_DURATION 0x000100u
#define RL_TRUN_SIZE 0x000200u
#define RL_TRUN_FLAGS 0x000400u
#define RL_TRUN_COMPOSITION 0x000800u

#endif
