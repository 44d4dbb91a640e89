/* The journal: what was recorded comes back; torn tails, lost and damaged chunks and other identities do not. */
#include "harness.h"

#include "chunk/journal.h"
#include "ctx/ctx.h"

#include <sys/stat.h>
#include <sys/wait.h>

struct fixture {
    struct harness h;
    reel_ctx *ctx;
    char folder[96];
    uint8_t identity[REEL_DIGEST_SIZE];
    int chunks, runs;
    uint32_t indices[16];
    uint64_t samples_in;
};

static int take_chunk(void *user, const struct rl_chunk_record *record)
{
    struct fixture *f = user;
    f->indices[f->chunks++ % 16] = record->index;
    assert_int_equal(record->private_size, 4);
    assert_int_equal(record->codec_private[3], 0x42);
    return 0;
}

static int take_run(void *user, const struct rl_run_record *record)
{
    struct fixture *f = user;
    f->runs++;
    f->samples_in = record->result.samples_in;
    return 0;
}

static bool never(void *user)
{
    (void)user;
    return false;
}

static void setup(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    harness_folder(&f->h);
    reel_alloc alloc;
    reel_ctx_opts opts = harness_opts(&f->h, &alloc);
    assert_int_equal(reel_ctx_create(&f->ctx, &opts, NULL), 0);
    snprintf(f->folder, sizeof(f->folder), "%s/.out.reel", f->h.folder);
    memset(f->identity, 7, sizeof(f->identity));
}

static void teardown(struct fixture *f)
{
    reel_ctx_unref(&f->ctx);
    assert_int_equal(f->h.live, 0);
    harness_remove(&f->h);
}

static struct rl_journal *begin(struct fixture *f, bool anew)
{
    struct rl_journal *j = NULL;
    reel_error err = RL_ERROR_INIT;
    const struct rl_journal_reader reader = { .user = f, .chunk = take_chunk, .run = take_run, .cancelled = never };
    f->chunks = f->runs = 0;
    assert_int_equal(rl_journal_open(&j, f->ctx, f->folder, &err), 0);
    int rc = rl_journal_begin(j, f->identity, NULL, anew, &reader, &err);
    if (rc < 0)
        print_error("%s\n", err.text);
    assert_int_equal(rc, 0);
    return j;
}

static void add(struct rl_journal *j, uint32_t index)
{
    char bytes[64];
    reel_error err = RL_ERROR_INIT;
    struct rl_chunk_record r = { .track = 1, .index = index, .start = 100 * index, .duration = 100, .samples = 5,
                                 .samples_in = 5, .private_size = 4, .codec_private = { 1, 2, 3, 0x42 } };
    snprintf(bytes, sizeof(bytes), "the bytes of chunk %u", index);
    r.bytes = strlen(bytes);
    assert_int_equal(reel_store_put(rl_journal_store(j), bytes, strlen(bytes), r.digest, &err), 0);
    assert_int_equal(rl_journal_add_chunk(j, &r, &err), 0);
}

static void fill(struct fixture *f, uint32_t count)
{
    struct rl_journal *j = begin(f, true);
    for (uint32_t i = 0; i < count; i++)
        add(j, i);
    reel_error err = RL_ERROR_INIT;
    const struct rl_run_record run = { .run = 3, .result = { .chunks = count, .samples_in = 77 } };
    assert_int_equal(rl_journal_add_run(j, &run, &err), 0);
    rl_journal_close(&j, false);
    assert_null(j);
}

static void reopen(struct fixture *f, int chunks, int runs)
{
    struct rl_journal *j = begin(f, false);
    rl_journal_close(&j, false);
    assert_int_equal(f->chunks, chunks);
    assert_int_equal(f->runs, runs);
}

static void comes_back(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    fill(&f, 3);
    reopen(&f, 3, 1);
    assert_int_equal(f.samples_in, 77);
    assert_int_equal(f.indices[2], 2);
    struct rl_journal *j = begin(&f, false);
    add(j, 9); /* appended behind the old ones */
    rl_journal_close(&j, false);
    reopen(&f, 4, 1);
    j = begin(&f, true);
    assert_int_equal(f.chunks, 0);
    rl_journal_close(&j, false);
    assert_int_equal(access(f.folder, F_OK), -1); /* empty: it has nothing to resume, so it does not stay */
    fill(&f, 2);
    j = begin(&f, false);
    rl_journal_close(&j, true);
    assert_int_equal(harness_entries(f.h.folder), 0);
    teardown(&f);
}

static void journal_path(const struct fixture *f, char path[160])
{
    snprintf(path, 160, "%s/journal", f->folder);
}

/* Whatever length a crash left: a prefix of the records comes back, and what is appended then is read again. */
static void torn_tail(void **state)
{
    (void)state;
    struct fixture f;
    char path[160];
    struct stat st;
    setup(&f);
    fill(&f, 3);
    journal_path(&f, path);
    assert_int_equal(stat(path, &st), 0);
    int most = 5;
    for (off_t size = st.st_size - 1; size > 0; size -= 37) {
        fill(&f, 3);
        assert_int_equal(truncate(path, size), 0);
        struct rl_journal *j = begin(&f, false);
        int got = f.chunks;
        assert_true(got <= most && f.runs == 0);
        most = got;
        add(j, 10);
        rl_journal_close(&j, false);
        reopen(&f, got + 1, 0);
    }
    assert_int_equal(most, 0);
    teardown(&f);
}

static void flipped_bytes(void **state)
{
    (void)state;
    struct fixture f;
    char path[160];
    struct stat st;
    setup(&f);
    fill(&f, 3);
    journal_path(&f, path);
    assert_int_equal(stat(path, &st), 0);
    for (off_t at = 0; at < st.st_size; at += 23) {
        fill(&f, 3);
        FILE *file = fopen(path, "r+b");
        assert_non_null(file);
        fseek(file, at, SEEK_SET);
        int c = getc(file);
        fseek(file, at, SEEK_SET);
        putc(c ^ 1, file);
        fclose(file);
        struct rl_journal *j = begin(&f, false);
        assert_true(f.chunks + f.runs < 4);
        rl_journal_close(&j, false);
    }
    teardown(&f);
}

static void damaged_chunks(void **state)
{
    (void)state;
    struct fixture f;
    char command[256];
    setup(&f);
    fill(&f, 3);
    snprintf(command, sizeof(command), "f=$(find %s/chunks -type f | sort | head -1); chmod u+w $f; printf X | "
             "dd of=$f "
             "bs=1 seek=3 conv=notrunc 2>/dev/null", f.folder);
    assert_int_equal(system(command), 0);
    reopen(&f, 2, 1);
    fill(&f, 3);
    snprintf(command, sizeof(command), "rm $(find %s/chunks -type f | sort | tail -1)", f.folder);
    assert_int_equal(system(command), 0);
    reopen(&f, 2, 1);
    teardown(&f);
}

static void other_identity(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    fill(&f, 3);
    f.identity[0]++;
    struct rl_journal *j = begin(&f, false);
    assert_int_equal(f.chunks + f.runs, 0);
    char path[160];
    snprintf(path, sizeof(path), "find %s/chunks -type f | grep -q .", f.folder);
    assert_int_not_equal(system(path), 0); /* the old chunks are gone */
    rl_journal_close(&j, false);
    teardown(&f);
}

static void one_at_a_time(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    struct rl_journal *j = begin(&f, false), *second = NULL;
    reel_error err = RL_ERROR_INIT;
    assert_int_equal(rl_journal_open(&second, f.ctx, f.folder, &err), REEL_ERR_BUSY);
    assert_null(second);
    pid_t pid = fork();
    if (pid == 0) {
        reel_error e = RL_ERROR_INIT;
        _exit(rl_journal_open(&second, f.ctx, f.folder, &e) == REEL_ERR_BUSY ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    add(j, 0);
    rl_journal_close(&j, false);
    err = RL_ERROR_INIT;
    assert_int_equal(rl_journal_open(&j, f.ctx, f.folder, &err), 0);
    rl_journal_close(&j, false);
    assert_int_equal(access(f.folder, F_OK), 0); /* not begun: what an earlier run left is not touched */
    teardown(&f);
}

/* Every n-th write, sync or allocation fails once: an error, and the next run goes on. */
static void faults(void **state)
{
    (void)state;
    static const int32_t ops[] = { REEL_FAULT_WRITE, REEL_FAULT_SYNC, REEL_FAULT_ALLOC, REEL_FAULT_READ };
    for (size_t k = 0; k < 4; k++) {
        bool struck = true;
        for (long n = 1; struck && n < 400; n++) {
            struct fixture f;
            setup(&f);
            fill(&f, 2);
            struct rl_journal *j = NULL;
            reel_error err = RL_ERROR_INIT;
            const struct rl_journal_reader reader = { .user = &f, .chunk = take_chunk, .run = take_run,
                                                      .cancelled = never };
            f.chunks = f.runs = 0;
            harness_arm(&f.h, ops[k], n, ops[k] == REEL_FAULT_ALLOC ? ENOMEM : EIO);
            struct rl_chunk_record r = { .index = 5, .bytes = 1, .duration = 1, .samples = 1, .private_size = 4,
                                         .codec_private = { 0, 0, 0, 0x42 } };
            int rc = rl_journal_open(&j, f.ctx, f.folder, &err);
            if (rc == 0)
                rc = rl_journal_begin(j, f.identity, NULL, false, &reader, &err);
            if (rc == 0)
                rc = reel_store_put(rl_journal_store(j), "z", 1, r.digest, &err);
            if (rc == 0)
                rc = rl_journal_add_chunk(j, &r, &err);
            rl_journal_close(&j, false);
            struck = f.h.struck;
            harness_arm(&f.h, 0, 0, 0);
            struct rl_journal *again = begin(&f, false);
            assert_true(f.chunks >= (rc == 0 ? 3 : 2) && f.chunks <= 3); /* what there was is never lost */
            assert_int_equal(f.runs, 1);
            rl_journal_close(&again, true);
            teardown(&f);
        }
        assert_false(struck);
    }
}

static int shell(const struct fixture *f, const char *command)
{
    char line[512];
    snprintf(line, sizeof(line), "cd %s && %s", f->h.folder, command);
    return system(line);
}

static void must_refuse(struct fixture *f, const char *made)
{
    struct rl_journal *j = NULL;
    reel_error err = RL_ERROR_INIT;
    assert_int_equal(shell(f, "rm -rf .out.reel && mkdir .out.reel"), 0);
    assert_int_equal(shell(f, made), 0);
    assert_int_equal(shell(f, "find .out.reel | sort | xargs ls -ld --time-style=+ >before"), 0);
    assert_int_equal(rl_journal_open(&j, f->ctx, f->folder, &err), REEL_ERR_EXISTS);
    assert_null(j);
    assert_non_null(strstr(err.text, f->folder));
    assert_int_equal(shell(f, "find .out.reel | sort | xargs ls -ld --time-style=+ | cmp - before"), 0);
}

/* A folder in which somebody else has files of our names is left as it is. */
static void foreign_folders(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    must_refuse(&f, "echo 'Dear diary' >.out.reel/journal");
    must_refuse(&f, "mkdir -p .out.reel/chunks/ab && echo text >.out.reel/chunks/ab/cd");
    must_refuse(&f, "mkdir .out.reel/journal");
    must_refuse(&f, "ln -s /etc/passwd .out.reel/journal");
    must_refuse(&f, "echo 'a lock of some other program' >.out.reel/lock");
    must_refuse(&f, "printf '0123456789abcdef {\"journal\":1,\"identity\":\"00\"}\\n' >.out.reel/journal");
    /* Other names are no matter, and stay. */
    assert_int_equal(shell(&f, "rm -rf .out.reel && mkdir .out.reel && echo mine >.out.reel/notes"), 0);
    fill(&f, 2);
    struct rl_journal *j = begin(&f, false);
    assert_int_equal(f.chunks, 2);
    rl_journal_close(&j, true);
    assert_int_equal(shell(&f, "[ \"$(ls -A .out.reel)\" = notes ]"), 0);
    teardown(&f);
}

/* Ours without its lock is still known by its journal; and only what a store has made is removed from it. */
static void only_ours_is_removed(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    fill(&f, 3);
    assert_int_equal(shell(&f, "rm .out.reel/lock"), 0);
    reopen(&f, 3, 1);
    assert_int_equal(shell(&f, "cd .out.reel/chunks && mkdir -p ab photos && echo 1 >ab/notes && echo 2 >photos/me && "
                               "echo 3 >tmp/letter && ln -s /etc cd"), 0);
    f.identity[0]++;
    struct rl_journal *j = begin(&f, false);
    assert_int_equal(f.chunks, 0);
    add(j, 1);
    rl_journal_close(&j, true);
    assert_int_equal(shell(&f, "cd .out.reel/chunks && "
                               "[ \"$(cat ab/notes photos/me tmp/letter | tr -d '\\n')\" = 123 ] && "
                               "[ \"$(find . -type f | wc -l)\" = 3 ] && [ -L cd ]"), 0);
    fill(&f, 2);
    reopen(&f, 2, 1);
    teardown(&f);
}

/* What a power cut must not take: the lock's mark, its name, the name of the folder, those of the store's folders. */
static void names_are_synced(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    for (long n = 1; n <= 3; n++) {
        struct rl_journal *j = NULL;
        reel_error err = RL_ERROR_INIT;
        harness_arm(&f.h, REEL_FAULT_SYNC, n, EIO);
        assert_int_equal(rl_journal_open(&j, f.ctx, f.folder, &err), REEL_ERR_IO);
        assert_int_equal(access(f.folder, F_OK), -1);
    }
    reel_store *store = NULL;
    char url[160];
    snprintf(url, sizeof(url), "dir:%s/x/y//z/", f.h.folder);
    for (long n = 1; n <= 3; n++) {
        assert_int_equal(shell(&f, "rm -rf x"), 0);
        harness_arm(&f.h, REEL_FAULT_SYNC, n, EIO);
        assert_int_equal(reel_store_open(&store, f.ctx, url, NULL), REEL_ERR_IO);
    }
    harness_arm(&f.h, REEL_FAULT_SYNC, 1, EIO);
    assert_int_equal(reel_store_open(&store, f.ctx, url, NULL), 0); /* all are there */
    reel_store_unref(&store);
    teardown(&f);
}

static void folder_names(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    const struct rl_env *env = rl_ctx_env(f.ctx);
    char *name = rl_journal_folder(env, "a/b.webm");
    assert_string_equal(name, "a/.b.webm.reel");
    rl_free(env, name);
    name = rl_journal_folder(env, "b.webm");
    assert_string_equal(name, ".b.webm.reel");
    rl_free(env, name);
    char longest[300];
    memset(longest, 'x', 255);
    longest[255] = 0;
    name = rl_journal_folder(env, longest);
    assert_true(strlen(name) < 255);
    rl_free(env, name);
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back), cmocka_unit_test(torn_tail), cmocka_unit_test(flipped_bytes),
        cmocka_unit_test(damaged_chunks), cmocka_unit_test(other_identity), cmocka_unit_test(one_at_a_time),
        cmocka_unit_test(faults), cmocka_unit_test(folder_names), cmocka_unit_test(foreign_folders),
        cmocka_unit_test(only_ours_is_removed), cmocka_unit_test(names_are_synced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
