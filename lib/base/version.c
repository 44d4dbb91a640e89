#include <reel/version.h>

#define STR2(x) #x
#define STR(x) STR2(x)

const char *reel_version(void)
{
    return STR(REEL_VERSION_MAJOR) "." STR(REEL_VERSION_MINOR) "." STR(REEL_VERSION_PATCH);
}

uint32_t reel_abi_version(void)
{
    return REEL_ABI_VERSION;
}
