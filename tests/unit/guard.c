/* The guard with a codec that behaves, fails or hangs as the test says. */
#include "media_kit.h"

#include "media/encode/guard.h"

#include <libavutil/error.h>
#include <semaphore.h>

/* Lives in the test, not in the guard's memory, so that the test sees what became of it. */
struct fake {
    bool hang_open, hang_send, hang_close;
    int fail_at; /* 0: never */
    int sent, received, closed;
    bool ended;
    int64_t last_pts;
    sem_t go;
    const uint8_t *seen; /* pixels of the last frame */
};

static int fake_open(void *codec, AVFrame *first)
{
    struct fake *f = codec;
    (void)first;
    if (f->hang_open)
        sem_wait(&f->go);
    return 0;
}

static int fake_send(void *codec, AVFrame *frame)
{
    struct fake *f = codec;
    if (!frame) {
        f->ended = true;
        return 0;
    }
    f->sent++;
    if (f->sent == f->fail_at)
        return AVERROR_EXTERNAL;
    if (f->hang_send)
        sem_wait(&f->go);
    f->last_pts = frame->pts;
    f->seen = frame->data[0];
    return 0;
}

/* Holds two frames back until the end. */
static int fake_receive(void *codec, AVPacket *packet)
{
    struct fake *f = codec;
    if (f->received + (f->ended ? 0 : 2) >= f->sent)
        return f->ended ? AVERROR_EOF : AVERROR(EAGAIN);
    assert_int_equal(av_new_packet(packet, 1), 0);
    packet->pts = f->received++;
    return 0;
}

static void fake_close(void *codec)
{
    struct fake *f = codec;
    if (f->hang_close)
        sem_wait(&f->go);
    f->closed++;
}

static const struct rl_codec_ops ops = { fake_open, fake_send, fake_receive, fake_close };

struct bench {
    struct kit kit;
    struct fake fake;
    struct rl_guard *guard;
    AVFrame *frame;
};

static void start(struct bench *b)
{
    memset(b, 0, sizeof(*b));
    kit_begin(&b->kit);
    sem_init(&b->fake.go, 0, 0);
    struct rl_video_spec spec = kit_video(RL_ENCODER_AOM, 16, 16, false);
    b->frame = kit_frame(&spec, 0, 77);
    assert_int_equal(rl_guard_open(&b->guard, &b->kit.flow, "fake", &ops, &b->fake), 0);
}

static void finish(struct bench *b)
{
    av_frame_free(&b->frame);
    kit_end(&b->kit);
    assert_int_equal(b->fake.closed, 1);
    sem_destroy(&b->fake.go);
}

static void frames_in_packets_out(void **state)
{
    (void)state;
    struct bench b;
    start(&b);
    AVPacket *p = av_packet_alloc();
    int got = 0;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(rl_guard_send(b.guard, b.frame, i), 0);
        int rc;
        while ((rc = rl_guard_receive(b.guard, p, false)) == 0) {
            assert_int_equal(p->pts, got++);
            av_packet_unref(p);
        }
        assert_int_equal(rc, REEL_PENDING);
    }
    assert_int_equal(rl_guard_send(b.guard, NULL, 0), 0);
    while (rl_guard_receive(b.guard, p, true) == 0) {
        assert_int_equal(p->pts, got++);
        av_packet_unref(p);
    }
    assert_int_equal(got, 100);
    assert_int_equal(rl_guard_receive(b.guard, p, true), REEL_END);
    assert_int_equal(rl_guard_close(&b.guard), 0);
    assert_int_equal(b.fake.closed, 1); /* when close returns, not later */
    assert_int_equal(b.fake.last_pts, 99);
    assert_ptr_equal(b.fake.seen, b.frame->data[0]); /* a reference, no copy */
    assert_int_equal(b.frame->pts, 77);              /* and the caller's frame is as it was */
    av_packet_free(&p);
    finish(&b);
}

static void nothing_sent(void **state)
{
    (void)state;
    struct bench b;
    start(&b);
    AVPacket *p = av_packet_alloc();
    assert_int_equal(rl_guard_send(b.guard, NULL, 0), 0);
    assert_int_equal(rl_guard_receive(b.guard, p, true), REEL_END);
    assert_int_equal(rl_guard_close(&b.guard), 0);
    av_packet_free(&p);
    finish(&b);
}

static void a_failure_is_reported(void **state)
{
    (void)state;
    struct bench b;
    start(&b);
    b.fake.fail_at = 3;
    int rc = 0;
    for (int i = 0; i < 20 && rc == 0; i++)
        rc = rl_guard_send(b.guard, b.frame, i);
    assert_int_equal(rc, REEL_ERR_ENCODER);
    assert_int_equal(b.kit.err.code, REEL_ERR_ENCODER);
    assert_int_equal(b.kit.err.upstream, AVERROR_EXTERNAL);
    assert_int_equal(rl_guard_close(&b.guard), 0);
    finish(&b);
}

/* Fills the queue until it waits. */
static int send_until_stopped(struct bench *b)
{
    int rc = 0;
    for (int i = 0; i < 50 && rc == 0; i++)
        rc = rl_guard_send(b->guard, b->frame, i);
    return rc;
}

static void a_hanging_codec_is_abandoned(void **state)
{
    (void)state;
    for (int where = 0; where < 2; where++) {
        struct bench b;
        start(&b);
        b.kit.env.limits.stall = 100000;
        b.fake.hang_open = where == 0;
        b.fake.hang_send = where == 1;
        int64_t began = rl_now();
        assert_int_equal(send_until_stopped(&b), REEL_ERR_STALLED);
        assert_int_equal(rl_guard_close(&b.guard), REEL_ERR_STALLED);
        int64_t took = rl_now() - began;
        assert_true(took >= 100000 && took < 400000);
        assert_null(b.guard);
        assert_int_equal(rl_guards_abandoned(&b.kit.engine), 1);
        assert_false(rl_guards_settle(&b.kit.engine, 10000)); /* the engine must stay */
        assert_int_equal(b.fake.closed, 0);
        for (int i = 0; i < 60; i++)
            sem_post(&b.fake.go); /* it comes back to life, and cleans up */
        assert_true(rl_guards_settle(&b.kit.engine, 5000000));
        assert_int_equal(rl_guards_abandoned(&b.kit.engine), 0);
        finish(&b);
    }
}

static void a_hanging_close_is_abandoned(void **state)
{
    (void)state;
    struct bench b;
    start(&b);
    b.kit.env.limits.stall = 100000;
    b.fake.hang_close = true;
    assert_int_equal(rl_guard_send(b.guard, b.frame, 0), 0);
    assert_int_equal(rl_guard_close(&b.guard), REEL_ERR_STALLED);
    assert_int_equal(rl_guards_abandoned(&b.kit.engine), 1);
    sem_post(&b.fake.go);
    finish(&b);
}

static void *cancel_soon(void *kit)
{
    usleep(50000);
    atomic_store(&((struct kit *)kit)->cancel, true);
    return NULL;
}

static void cancel_does_not_wait(void **state)
{
    (void)state;
    struct bench b;
    start(&b);
    b.fake.hang_send = true;
    pthread_t other;
    pthread_create(&other, NULL, cancel_soon, &b.kit);
    assert_int_equal(send_until_stopped(&b), REEL_ERR_CANCELLED); /* the codec still hangs: nobody waited for it */
    rl_guard_close(&b.guard);
    pthread_join(other, NULL);
    assert_int_equal(b.kit.err.code, REEL_ERR_CANCELLED);
    assert_int_equal(rl_guards_abandoned(&b.kit.engine), 0);
    assert_false(rl_guards_settle(&b.kit.engine, 10000));
    for (int i = 0; i < 60; i++)
        sem_post(&b.fake.go);
    finish(&b);
}

static int no_thread(void *user, int32_t op)
{
    (void)user;
    return op == REEL_FAULT_THREAD ? EAGAIN : 0;
}

static int no_memory(void *user, int32_t op)
{
    (void)user;
    return op == REEL_FAULT_ALLOC ? ENOMEM : 0;
}

static void failures_to_start_free_the_codec(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct kit k;
        kit_begin(&k);
        k.env.fault = i ? no_memory : no_thread;
        struct fake fake = { 0 };
        struct rl_guard *guard = NULL;
        assert_true(rl_guard_open(&guard, &k.flow, "fake", &ops, &fake) < 0);
        assert_null(guard);
        assert_int_equal(fake.closed, 1);
        k.env.fault = NULL;
        kit_end(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_in_packets_out),
        cmocka_unit_test(nothing_sent),
        cmocka_unit_test(a_failure_is_reported),
        cmocka_unit_test(a_hanging_codec_is_abandoned),
        cmocka_unit_test(a_hanging_close_is_abandoned),
        cmocka_unit_test(cancel_does_not_wait),
        cmocka_unit_test(failures_to_start_free_the_codec),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
