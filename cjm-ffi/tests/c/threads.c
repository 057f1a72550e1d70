/* The library in eight threads at once: ./threads FOLDER [N]
   Answers: whether every call of every thread gives a status that the header allows, nothing is lost and nothing hangs.
   Does not know: which thread comes first; it waits at barriers, never for a time. N pushes are made by each thread. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include <pthread.h>
#include <sched.h>

enum { THREADS = 8, ROUNDS = 50, READS = 5000 };

static pthread_barrier_t barrier;
static const char *folder;
static int n_pushes = 10000;

/* What one thread is given, and what it came to. */
typedef struct {
    int number;
    cjm_engine engine;
    cjm_store store;
    cjm_answer answer;
    long ok, busy, gone;
    void (*work)(void *);
} Thread;

static void meet(void) {
    int met = pthread_barrier_wait(&barrier);
    CHECK(met == 0 || met == PTHREAD_BARRIER_SERIAL_THREAD);
}

static void *start(void *given) {
    Thread *own = given;
    meet();
    own->work(own);
    return NULL;
}

/* Runs a piece of work in all threads; what each came to is in `all`. */
static void everywhere(Thread all[THREADS], void (*work)(void *)) {
    pthread_t threads[THREADS];
    int n;
    for (n = 0; n < THREADS; n++) {
        all[n].number = n;
        all[n].work = work;
        CHECK(pthread_create(&threads[n], NULL, start, &all[n]) == 0);
    }
    for (n = 0; n < THREADS; n++) CHECK(pthread_join(threads[n], NULL) == 0);
}

/* Counts a status that several threads on one handle may get, and no other. */
static cjm_status counted(Thread *own, cjm_status status) {
    if (status == CJM_OK || status == CJM_ROW || status == CJM_DONE)
        own->ok++;
    else if (status == CJM_BUSY) {
        own->busy++;
        sched_yield(); /* whoever is at it may go on */
    } else {
        CHECK(status == CJM_BAD_HANDLE);
        own->gone++;
    }
    return status;
}

static cjm_status push(const Thread *own, int n) {
    char name[32];
    cjm_identity who;
    cjm_event event = {0};
    snprintf(name, sizeof name, "m-%d-%d", own->number, n);
    who.kind = text("member"), who.value = text(name);
    event.struct_size = sizeof event;
    event.name = text("cart");
    event.time = 1772366400000000 + n;
    event.source = text("till");
    event.id = text(name);
    event.identities = &who;
    event.n_identities = 1;
    return own->store.raw ? cjm_store_push(own->store, &event) : cjm_engine_push(own->engine, &event);
}

static void ask(Thread *own, uint64_t handle) {
    cjm_answer answer = {0};
    if (counted(own, cjm_ask(handle, text("{\"ask\": \"refused\"}"), &answer)) == CJM_OK) MUST(cjm_answer_free(answer));
}

static void knows(uint64_t handle, long customers) {
    char part[64];
    snprintf(part, sizeof part, "\"customers\":%ld,", customers);
    CHECK(answers(handle, "{\"ask\": \"status\"}", part));
}

/* ---- each thread its own engine ---- */

static void alone(void *given) {
    Thread *own = given;
    cjm_blueprint blueprint = shop();
    int n;
    own->store.raw = 0;
    MUST(cjm_engine_new(blueprint, &own->engine));
    for (n = 0; n < n_pushes; n++) {
        MUST(push(own, n));
        ask(own, own->engine.raw);
    }
    CHECK(own->ok == n_pushes && own->busy == 0);
    knows(own->engine.raw, n_pushes);
    MUST(cjm_engine_free(own->engine));
    MUST(cjm_blueprint_free(blueprint));
}

/* ---- all threads on one handle ---- */

static void together(void *given) {
    Thread *own = given;
    cjm_decision decision = {0};
    cjm_time due;
    long taken = 0;
    int n;
    decision.struct_size = sizeof decision;
    for (n = 0; n < n_pushes; n++) {
        cjm_status status;
        /* every third push insists */
        do {
            status = counted(own, push(own, n));
            taken += status == CJM_OK;
        } while (status == CJM_BUSY && n % 3 == 0);
        if (n % 16 == 0) {
            ask(own, own->store.raw ? own->store.raw : own->engine.raw);
            counted(own, own->store.raw ? cjm_store_next_due(own->store, &due) : cjm_engine_next_due(own->engine, &due));
            /* its texts would be another thread's, the status alone counts */
            counted(own, own->store.raw ? cjm_store_next_decision(own->store, &decision)
                                        : cjm_engine_next_decision(own->engine, &decision));
        }
    }
    CHECK(own->gone == 0);
    own->ok = taken;
}

static void one_handle(Thread all[THREADS], const char *what, uint64_t handle) {
    long taken = 0, busy = 0;
    int n;
    everywhere(all, together);
    for (n = 0; n < THREADS; n++) taken += all[n].ok, busy += all[n].busy;
    CHECK(taken > 0 && taken <= (long)THREADS * n_pushes);
    knows(handle, taken);
    fprintf(stderr, "one %s in %d threads: %ld of %ld taken in, %ld times busy\n", what, THREADS, taken,
            (long)THREADS * n_pushes, busy);
}

static void one_engine(void) {
    Thread all[THREADS] = {{0}};
    cjm_blueprint blueprint = shop();
    int n;
    MUST(cjm_engine_new(blueprint, &all[0].engine));
    for (n = 1; n < THREADS; n++) all[n] = all[0];
    one_handle(all, "engine", all[0].engine.raw);
    MUST(cjm_engine_free(all[0].engine));
    MUST(cjm_blueprint_free(blueprint));
}

static void one_store(void) {
    Thread all[THREADS] = {{0}};
    char path[512];
    cjm_blueprint blueprint = shop();
    cjm_store_options options = {0};
    long taken = 0;
    int n, whole = n_pushes;
    n_pushes = whole / 10; /* each is a transaction */
    snprintf(path, sizeof path, "%s/one.db", folder);
    options.struct_size = sizeof options;
    options.durability = CJM_DURABILITY_OFF;
    MUST(cjm_store_open_with(text(path), blueprint, &options, &all[0].store));
    for (n = 1; n < THREADS; n++) all[n] = all[0];
    one_handle(all, "store", all[0].store.raw);
    MUST(cjm_store_close(all[0].store));
    for (n = 0; n < THREADS; n++) taken += all[n].ok;
    MUST(cjm_store_open(text(path), blueprint, &all[0].store));
    knows(all[0].store.raw, taken);
    MUST(cjm_store_close(all[0].store));
    MUST(cjm_blueprint_free(blueprint));
    n_pushes = whole;
}

/* ---- one thread ends what the others use ---- */

static void until_gone(void *given) {
    Thread *own = given;
    int n;
    if (own->number == 0) {
        cjm_status status;
        do {
            status = counted(own, own->store.raw ? cjm_store_close(own->store) : cjm_engine_free(own->engine));
        } while (status == CJM_BUSY);
        CHECK(status == CJM_OK);
        return;
    }
    for (n = 0; own->gone == 0; n++) {
        cjm_time due;
        counted(own, push(own, n));
        counted(own, own->store.raw ? cjm_store_next_due(own->store, &due) : cjm_engine_next_due(own->engine, &due));
        ask(own, own->store.raw ? own->store.raw : own->engine.raw);
    }
}

static void ended_in_use(void) {
    cjm_blueprint blueprint = shop();
    char path[512];
    long ok = 0, busy = 0;
    int round, n;
    for (round = 0; round < ROUNDS; round++) {
        Thread all[THREADS] = {{0}};
        if (round % 10 == 0) {
            snprintf(path, sizeof path, "%s/ended%d.db", folder, round);
            MUST(cjm_store_open(text(path), blueprint, &all[0].store));
        } else {
            MUST(cjm_engine_new(blueprint, &all[0].engine));
        }
        for (n = 1; n < THREADS; n++) all[n] = all[0];
        everywhere(all, until_gone);
        for (n = 0; n < THREADS; n++) ok += all[n].ok, busy += all[n].busy;
        if (round % 10 == 0) {
            /* what was taken in before the end is in the file, and it is no longer locked */
            MUST(cjm_store_open(text(path), blueprint, &all[0].store));
            MUST(cjm_store_close(all[0].store));
        }
    }
    fprintf(stderr, "ended in use %d times: %ld calls were served, %ld times busy\n", ROUNDS, ok, busy);
    MUST(cjm_blueprint_free(blueprint));
}

/* ---- handles made and ended in all threads ---- */

static void storm(void *given) {
    Thread *own = given;
    int round, n;
    for (round = 0; round < n_pushes / 100; round++) {
        cjm_blueprint blueprint = shop();
        cjm_engine engines[4];
        cjm_answer made[4];
        cjm_text whole;
        for (n = 0; n < 4; n++) MUST(cjm_engine_new(blueprint, &engines[n]));
        for (n = 0; n < 4; n++) {
            own->engine = engines[n];
            MUST(push(own, round));
            MUST(cjm_engine_snapshot(engines[n], &made[n]));
        }
        knows(engines[round % 4].raw, 1);
        for (n = 3; n >= 0; n--) {
            MUST(cjm_engine_free(engines[n]));
            CHECK(cjm_engine_free(engines[n]) == CJM_BAD_HANDLE);
            MUST(cjm_answer_text(made[n], &whole));
            CHECK(whole.len > 20);
            MUST(cjm_answer_free(made[n]));
            CHECK(cjm_answer_text(made[n], &whole) == CJM_BAD_HANDLE);
        }
        MUST(cjm_blueprint_free(blueprint));
    }
}

/* ---- one answer read by all threads ---- */

static void read_one(void *given) {
    Thread *own = given;
    cjm_text whole, again;
    int n;
    /* nobody waits for a turn to read */
    MUST(cjm_answer_text(own->answer, &whole));
    CHECK(whole.ptr[0] == '{');
    for (n = 0; n < READS; n++) {
        MUST(cjm_answer_text(own->answer, &again));
        CHECK(again.ptr == whole.ptr && again.len == whole.len);
    }
}

static void one_answer(void) {
    Thread all[THREADS] = {{0}};
    cjm_blueprint blueprint = shop();
    int n;
    MUST(cjm_ask(blueprint.raw, text("{\"ask\": \"blueprint\"}"), &all[0].answer));
    for (n = 1; n < THREADS; n++) all[n] = all[0];
    everywhere(all, read_one);
    MUST(cjm_answer_free(all[0].answer));
    MUST(cjm_blueprint_free(blueprint));
}

/* ---- the last error is a thread's own ---- */

static void own_error(void *given) {
    Thread *own = given;
    char wrong[32], words[256];
    cjm_time time;
    int n;
    CHECK(cjm_last_error(NULL, 0) == 0);
    for (n = 0; n < 100; n++) {
        snprintf(wrong, sizeof wrong, "thread %d, time %d", own->number, n);
        CHECK(cjm_time_parse(text(wrong), &time) == CJM_ARGUMENT);
        meet();
        CHECK(cjm_last_error(words, sizeof words) > 0 && strstr(words, wrong));
        CHECK(cjm_last_error_json(words, sizeof words) > 0 && strstr(words, wrong));
        meet();
    }
}

/* Calls that are made while a thread ends: what it kept of its own is gone by then. */
static pthread_key_t key;

static void at_end(void *value) {
    const cjm_engine none = {UINT64_MAX};
    Thread *own = value;
    char words[64] = "before";
    cjm_time time;
    CHECK(cjm_engine_free(none) == CJM_BAD_HANDLE);
    CHECK(cjm_time_parse(text("x"), &time) == CJM_ARGUMENT);
    CHECK((cjm_last_error(words, sizeof words) == 0) == (words[0] == 0) && strcmp(words, "before") != 0);
    CHECK((cjm_last_error_json(words, sizeof words) == 0) == (words[0] == 0));
    MUST(push(own, 1));
    knows(own->engine.raw, 2);
    MUST(cjm_engine_free(own->engine));
    own->gone = 1;
}

static void ends(void *given) {
    Thread *own = given;
    cjm_blueprint blueprint = shop();
    cjm_time time;
    MUST(cjm_engine_new(blueprint, &own->engine));
    MUST(cjm_blueprint_free(blueprint));
    MUST(push(own, 0));
    CHECK(cjm_time_parse(text("x"), &time) == CJM_ARGUMENT); /* it keeps an error */
    CHECK(pthread_setspecific(key, own) == 0);
}

int main(int argc, char **argv) {
    Thread all[THREADS] = {{0}}, storms[THREADS] = {{0}}, errors[THREADS] = {{0}}, ending[THREADS] = {{0}};
    int n;
    CHECK(argc == 2 || argc == 3);
    folder = argv[1];
    if (argc == 3) n_pushes = atoi(argv[2]);
    CHECK(n_pushes >= 100);
    CHECK(pthread_barrier_init(&barrier, NULL, THREADS) == 0);
    CHECK(pthread_key_create(&key, at_end) == 0);
    everywhere(all, alone);
    one_engine();
    one_store();
    ended_in_use();
    everywhere(storms, storm);
    one_answer();
    everywhere(errors, own_error);
    everywhere(ending, ends);
    for (n = 0; n < THREADS; n++) CHECK(ending[n].gone == 1);
    puts("ok");
    return 0;
}
