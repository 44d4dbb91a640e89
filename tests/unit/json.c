/* lib/base/json: strict reading, careful writing. */
#include "harness.h"

#include "base/json.h"

#include <math.h>

static json_t *parse(const char *text)
{
    return rl_json_parse(text, strlen(text), "test", NULL);
}

static void refuses_bad_text(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "{", "{\"a\":1,\"a\":2}", "{} x", "[1,]", "{\"a\":\"\xff\"}", "nul",
                                       "99999999999999999999999", "\"\\u0000\"" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        reel_error err = RL_ERROR_INIT;
        assert_null(rl_json_parse(bad[i], strlen(bad[i]), "test", &err));
        assert_int_equal(err.code, REEL_ERR_JSON);
        assert_non_null(strstr(err.text, "line"));
    }
}

static void reads_strictly(void **state)
{
    (void)state;
    json_t *o = parse("{\"i\":5,\"d\":0.5,\"b\":true,\"t\":\"abc\",\"r\":[1,2],\"n\":null,\"a\":[1,2,3],\"o\":{}}");
    char text[4];
    bool ok = true;
    assert_non_null(o);
    assert_int_equal(rl_json_int(o, "i", 0, 5, &ok), 5);
    assert_true(rl_json_double(o, "d", &ok) == 0.5);
    assert_true(rl_json_double(o, "i", &ok) == 5.0);
    assert_true(rl_json_bool(o, "b", &ok));
    rl_json_text(o, "t", text, sizeof(text), &ok);
    assert_string_equal(text, "abc");
    assert_int_equal(rl_json_ratio(o, "r", &ok).den, 2);
    assert_int_equal(rl_json_time(o, "n", &ok), REEL_NO_TIME);
    assert_int_equal(rl_json_time(o, "i", &ok), 5);
    assert_non_null(rl_json_array(o, "a", 3, &ok));
    assert_non_null(rl_json_object(o, "o", &ok));
    assert_true(ok);

#define REFUSED(call)     \
    do {                  \
        ok = true;        \
        (void)(call);     \
        assert_false(ok); \
    } while (0)
    REFUSED(rl_json_int(o, "i", 6, 9, &ok));
    REFUSED(rl_json_int(o, "i", 0, 4, &ok));
    REFUSED(rl_json_int(o, "d", 0, 9, &ok));
    REFUSED(rl_json_int(o, "missing", 0, 9, &ok));
    REFUSED(rl_json_double(o, "t", &ok));
    REFUSED(rl_json_bool(o, "i", &ok));
    REFUSED(rl_json_text(o, "t", text, 3, &ok));
    REFUSED(rl_json_text(o, "i", text, 3, &ok));
    REFUSED(rl_json_ratio(o, "a", &ok));
    REFUSED(rl_json_time(o, "d", &ok));
    REFUSED(rl_json_time(o, "missing", &ok));
    REFUSED(rl_json_array(o, "a", 2, &ok));
    REFUSED(rl_json_array(o, "o", 2, &ok));
    REFUSED(rl_json_object(o, "a", &ok));
    json_decref(o);
}

static void writes_in_order(void **state)
{
    (void)state;
    struct rl_env env;
    struct rl_buf buf;
    bool ok = true;
    json_t *o = json_object(), *a = json_array();
    assert_int_equal(rl_env_init(&env, NULL, NULL), 0);
    rl_buf_init(&buf, &env);
    rl_json_set_int(o, "z", -1, &ok);
    rl_json_set_text(o, "t", "ok \xe2\x82\xac \xff\xc3", &ok);
    rl_json_set_bool(o, "b", false, &ok);
    rl_json_set_ratio(o, "r", (reel_ratio){ 1, 25 }, &ok);
    rl_json_set_time(o, "n", REEL_NO_TIME, &ok);
    rl_json_set_double(o, "d", 0.5, &ok);
    rl_json_set_double(o, "nan", NAN, &ok);
    rl_json_append(a, json_integer(1), &ok);
    rl_json_set(o, "a", a, &ok);
    assert_true(ok);
    assert_int_equal(rl_json_dump(o, &buf), 0);
    assert_string_equal(rl_buf_str(&buf),
                        "{\"z\":-1,\"t\":\"ok \xe2\x82\xac \xef\xbf\xbd\xef\xbf\xbd\",\"b\":false,\"r\":[1,25],"
                        "\"n\":null,\"d\":0.5,\"nan\":null,\"a\":[1]}");
    rl_buf_free(&buf);
    rl_json_set(o, "x", NULL, &ok);
    assert_false(ok);
    rl_json_set(o, "x", json_integer(1), &ok); /* dropped, not leaked */
    rl_json_append(NULL, json_integer(1), &ok);
    assert_null(json_object_get(o, "x"));
    json_decref(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_bad_text),
        cmocka_unit_test(reads_strictly),
        cmocka_unit_test(writes_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
