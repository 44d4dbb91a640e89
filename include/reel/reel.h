/**
 * @file reel.h
 * All of libreel's public API.
 */
#ifndef REEL_REEL_H
#define REEL_REEL_H

#include <reel/buffer.h>
#include <reel/chain.h>
#include <reel/ctx.h>
#include <reel/error.h>
#include <reel/export.h>
#include <reel/input.h>
#include <reel/log.h>
#include <reel/manifest.h>
#include <reel/option.h>
#include <reel/output.h>
#include <reel/plan.h>
#include <reel/pool.h>
#include <reel/product.h>
#include <reel/store.h>
#include <reel/task.h>
#include <reel/types.h>
#include <reel/version.h>

#endif
