/* FFmpeg's process-wide log level: left alone, unless the context asks for quiet. */
#include "harness.h"

#include "engine/engine.h"

#include <libavutil/log.h>

const struct rl_engine_api *reel_engine_entry(void);

static struct rl_engine *engine(uint32_t flags, struct rl_env *env)
{
    const reel_ctx_opts opts = { .size = sizeof(opts), .flags = flags };
    struct rl_engine *e = NULL;
    reel_error err = RL_ERROR_INIT;
    assert_int_equal(rl_env_init(env, &opts, &err), 0);
    assert_int_equal(reel_engine_entry()->open(&e, env, &err), 0);
    return e;
}

static void left_alone(void **state)
{
    struct rl_env env;
    (void)state;
    assert_int_equal(av_log_get_level(), AV_LOG_INFO);
    struct rl_engine *e = engine(0, &env);
    assert_int_equal(av_log_get_level(), AV_LOG_INFO);
    assert_true(reel_engine_entry()->close(&e));
    assert_int_equal(av_log_get_level(), AV_LOG_INFO);
}

static void quiet_while_open(void **state)
{
    struct rl_env env[2];
    (void)state;
    struct rl_engine *a = engine(REEL_CTX_QUIET_AVLOG, &env[0]), *b = engine(REEL_CTX_QUIET_AVLOG, &env[1]);
    assert_int_equal(av_log_get_level(), AV_LOG_QUIET);
    assert_true(reel_engine_entry()->close(&a)); /* the first that came is not the last that goes */
    assert_int_equal(av_log_get_level(), AV_LOG_QUIET);
    assert_true(reel_engine_entry()->close(&b));
    assert_int_equal(av_log_get_level(), AV_LOG_INFO);
}

static void somebody_chose(void **state)
{
    struct rl_env env;
    (void)state;
    av_log_set_level(AV_LOG_ERROR);
    struct rl_engine *e = engine(REEL_CTX_QUIET_AVLOG, &env);
    assert_int_equal(av_log_get_level(), AV_LOG_ERROR);
    assert_true(reel_engine_entry()->close(&e));
    assert_int_equal(av_log_get_level(), AV_LOG_ERROR);

    av_log_set_level(AV_LOG_INFO);
    e = engine(REEL_CTX_QUIET_AVLOG, &env);
    av_log_set_level(AV_LOG_ERROR); /* while it is open */
    assert_true(reel_engine_entry()->close(&e));
    assert_int_equal(av_log_get_level(), AV_LOG_ERROR);
    av_log_set_level(AV_LOG_INFO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(left_alone), cmocka_unit_test(quiet_while_open), cmocka_unit_test(somebody_chose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
