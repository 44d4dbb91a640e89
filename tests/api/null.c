/* NULL where a handle, a text or an out is needed: each call that has an err says which argument it is. */
#include "check.h"

#include <reel/sys/store.h>

/* What all of these are about: the code, and the name of the argument in the text. */
static void must_name(int rc, const reel_error *err, const char *argument)
{
    assert_int_equal(rc, REEL_ERR_INVALID_ARG);
    assert_int_equal(err->code, REEL_ERR_INVALID_ARG);
    assert_true(err->step[0] != 0);
    if (!strstr(err->text, argument))
        fail_msg("\"%s\" does not name %s", err->text, argument);
}

/* With an err that says so, and without one. */
#define NAMES(argument, call)                        \
    do {                                             \
        reel_error e = { .size = sizeof(e) };        \
        reel_error *err = &e;                        \
        must_name(call, err, argument);              \
        err = NULL;                                  \
        assert_int_equal(call, REEL_ERR_INVALID_ARG); \
    } while (0)

static void contexts_and_options(void **state)
{
    struct room *r = *state;
    reel_buffer *buffer;
    reel_options *options = NULL;

    assert_int_equal(reel_options_create(&options, r->ctx), 0);
    NAMES("out", reel_ctx_create(NULL, NULL, err));
    NAMES("out", reel_ctx_capabilities(NULL, r->ctx, err));
    NAMES("ctx", reel_ctx_capabilities(&buffer, NULL, err));
    NAMES("options", reel_options_set(NULL, "video.quality", "1", err));
    NAMES("name", reel_options_set(options, NULL, "1", err));
    NAMES("options", reel_options_set_int(NULL, "video.quality", 1, err));
    NAMES("name", reel_options_set_int(options, NULL, 1, err));
    NAMES("options", reel_options_set_double(NULL, "video.quality", 1, err));
    NAMES("name", reel_options_set_double(options, NULL, 1, err));
    reel_options_destroy(&options);
}

static void inputs_and_outputs(void **state)
{
    struct room *r = *state;
    reel_input *in = NULL;
    reel_output *out = NULL;
    reel_store *store = NULL;
    reel_type type = { .size = sizeof(type) };
    const reel_input_callbacks from = { .size = sizeof(from) };
    const reel_output_callbacks to = { .size = sizeof(to) };

    NAMES("out", reel_input_open_path(NULL, r->ctx, "x", err));
    NAMES("ctx", reel_input_open_path(&in, NULL, "x", err));
    NAMES("path", reel_input_open_path(&in, r->ctx, NULL, err));
    NAMES("out", reel_input_open_fd(NULL, r->ctx, 0, err));
    NAMES("ctx", reel_input_open_fd(&in, NULL, 0, err));
    NAMES("out", reel_input_open_memory(NULL, r->ctx, "x", 1, err));
    NAMES("ctx", reel_input_open_memory(&in, NULL, "x", 1, err));
    NAMES("data", reel_input_open_memory(&in, r->ctx, NULL, 1, err));
    NAMES("out", reel_input_open_callbacks(NULL, r->ctx, &from, err));
    NAMES("ctx", reel_input_open_callbacks(&in, NULL, &from, err));
    NAMES("callbacks", reel_input_open_callbacks(&in, r->ctx, NULL, err));
    NAMES("read", reel_input_open_callbacks(&in, r->ctx, &from, err));
    assert_null(in);
    assert_int_equal(reel_input_open_memory(&in, r->ctx, "x", 1, NULL), 0);
    NAMES("input", reel_input_type(NULL, &type, err));
    NAMES("out", reel_input_type(in, NULL, err));
    NAMES("input", reel_input_probe(NULL, err));
    reel_input_close(&in);

    assert_int_equal(reel_store_open(&store, r->ctx, "memory:", NULL), 0);
    NAMES("out", reel_output_open_path(NULL, r->ctx, "x", err));
    NAMES("ctx", reel_output_open_path(&out, NULL, "x", err));
    NAMES("path", reel_output_open_path(&out, r->ctx, NULL, err));
    NAMES("out", reel_output_open_fd(NULL, r->ctx, 1, err));
    NAMES("ctx", reel_output_open_fd(&out, NULL, 1, err));
    NAMES("out", reel_output_open_callbacks(NULL, r->ctx, &to, err));
    NAMES("ctx", reel_output_open_callbacks(&out, NULL, &to, err));
    NAMES("callbacks", reel_output_open_callbacks(&out, r->ctx, NULL, err));
    NAMES("write", reel_output_open_callbacks(&out, r->ctx, &to, err));
    NAMES("out", reel_output_open_store(NULL, r->ctx, store, err));
    NAMES("ctx", reel_output_open_store(&out, NULL, store, err));
    NAMES("store", reel_output_open_store(&out, r->ctx, NULL, err));
    assert_null(out);
    reel_store_unref(&store);
}

static void stores(void **state)
{
    struct room *r = *state;
    const reel_store_backend backend = { .size = sizeof(backend) };
    uint8_t digest[REEL_DIGEST_SIZE] = { 0 };
    reel_store *store = NULL;
    reel_buffer *buffer = NULL;
    uint64_t size;
    size_t got;
    char byte;

    NAMES("out", reel_store_open(NULL, r->ctx, "memory:", err));
    NAMES("ctx", reel_store_open(&store, NULL, "memory:", err));
    NAMES("url", reel_store_open(&store, r->ctx, NULL, err));
    NAMES("out", reel_store_from_backend(NULL, r->ctx, &backend, err));
    NAMES("ctx", reel_store_from_backend(&store, NULL, &backend, err));
    NAMES("backend", reel_store_from_backend(&store, r->ctx, NULL, err));
    NAMES("begin", reel_store_from_backend(&store, r->ctx, &backend, err));
    assert_null(store);
    assert_int_equal(reel_store_open(&store, r->ctx, "memory:", NULL), 0);
    NAMES("store", reel_store_put(NULL, "x", 1, digest, err));
    NAMES("data", reel_store_put(store, NULL, 1, digest, err));
    NAMES("digest", reel_store_put(store, "x", 1, NULL, err));
    NAMES("store", reel_store_put_fd(NULL, 0, digest, err));
    NAMES("-1", reel_store_put_fd(store, -1, digest, err));
    NAMES("digest", reel_store_put_fd(store, 0, NULL, err));
    NAMES("store", reel_store_size(NULL, digest, &size, err));
    NAMES("digest", reel_store_size(store, NULL, &size, err));
    NAMES("out", reel_store_size(store, digest, NULL, err));
    NAMES("out", reel_store_get(NULL, store, digest, err));
    NAMES("store", reel_store_get(&buffer, NULL, digest, err));
    NAMES("digest", reel_store_get(&buffer, store, NULL, err));
    NAMES("store", reel_store_read(NULL, digest, 0, &byte, 1, &got, err));
    NAMES("digest", reel_store_read(store, NULL, 0, &byte, 1, &got, err));
    NAMES("buffer", reel_store_read(store, digest, 0, NULL, 1, &got, err));
    NAMES("got", reel_store_read(store, digest, 0, &byte, 1, NULL, err));
    NAMES("store", reel_store_remove(NULL, digest, err));
    NAMES("digest", reel_store_remove(store, NULL, err));
    assert_null(buffer);
    reel_store_unref(&store);
}

static void chains_plans_and_tasks(void **state)
{
    static const char empty[] = "{\"version\":1,\"generator\":\"x\",\"tracks\":[]}";
    struct room *r = *state;
    const reel_task_opts opts = { .size = sizeof(opts) };
    reel_chain *chain = NULL;
    reel_input *in = NULL;
    reel_plan *plan = NULL;
    reel_pool *pool = NULL;
    reel_task *task = NULL;
    reel_store *store = NULL;
    reel_buffer *buffer = NULL;
    reel_manifest *manifest = NULL;

    NAMES("out", reel_chain_preset(NULL, r->ctx, NULL, NULL, err));
    NAMES("ctx", reel_chain_preset(&chain, NULL, NULL, NULL, err));
    NAMES("out", reel_chain_from_json(NULL, r->ctx, "{}", 2, err));
    NAMES("ctx", reel_chain_from_json(&chain, NULL, "{}", 2, err));
    NAMES("json", reel_chain_from_json(&chain, r->ctx, NULL, 2, err));
    NAMES("out", reel_manifest_from_json(NULL, r->ctx, empty, sizeof(empty) - 1, err));
    NAMES("ctx", reel_manifest_from_json(&manifest, NULL, empty, sizeof(empty) - 1, err));
    NAMES("json", reel_manifest_from_json(&manifest, r->ctx, NULL, 2, err));
    NAMES("manifest", reel_manifest_dash(&buffer, NULL, NULL, err));
    NAMES("out", reel_manifest_dash(NULL, NULL, NULL, err));
    NAMES("manifest", reel_manifest_hls(&buffer, NULL, -1, NULL, err));
    NAMES("out", reel_manifest_hls(NULL, NULL, -1, NULL, err));
    NAMES("out", reel_pool_create(NULL, r->ctx, NULL, err));
    NAMES("ctx", reel_pool_create(&pool, NULL, NULL, err));

    assert_int_equal(reel_chain_preset(&chain, r->ctx, NULL, NULL, NULL), 0);
    assert_int_equal(reel_input_open_memory(&in, r->ctx, "x", 1, NULL), 0);
    assert_int_equal(reel_store_open(&store, r->ctx, "memory:", NULL), 0);
    NAMES("out", reel_plan_create(NULL, chain, in, NULL, err));
    NAMES("chain", reel_plan_create(&plan, NULL, in, NULL, err));
    NAMES("input", reel_plan_create(&plan, chain, NULL, NULL, err));
    NAMES("out", reel_task_start(NULL, chain, in, &opts, err));
    NAMES("chain", reel_task_start(&task, NULL, in, &opts, err));
    NAMES("input", reel_task_start(&task, chain, NULL, &opts, err));
    NAMES("opts", reel_task_start(&task, chain, in, NULL, err));
    NAMES("out", reel_task_start_join(NULL, manifest, store, &opts, err));
    NAMES("manifest", reel_task_start_join(&task, NULL, store, &opts, err));
    NAMES("store", reel_task_start_join(&task, NULL, NULL, &opts, err));
    NAMES("opts", reel_task_start_join(&task, NULL, store, NULL, err));
    assert_true(!plan && !task && !pool && !buffer && !manifest);
    reel_store_unref(&store);
    reel_input_close(&in);
    reel_chain_unref(&chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOM(contexts_and_options), IN_ROOM(inputs_and_outputs), IN_ROOM(stores), IN_ROOM(chains_plans_and_tasks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
