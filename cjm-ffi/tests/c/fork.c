/* The library in a forked child: ./fork FOLDER
   Answers: whether a child leaves its parent's store alone, and can do what does not need its parent's threads or files.
   Does not know: a fork in the middle of a call, which the header forbids. */
#define _POSIX_C_SOURCE 200809L
#include "handles.h"

#include <sys/wait.h>
#include <unistd.h>

static char path[512], own_path[512];

static void push_to(cjm_store store, const char *who, int n) {
    char line[256];
    int made;
    for (made = 0; made < n; made++) {
        snprintf(line, sizeof line,
                 "{\"name\": \"cart\", \"time\": \"2026-03-01T12:00:00Z\", \"identities\": {\"member\": \"%s-%d\"}}", who, made);
        MUST(cjm_store_push_json(store, text(line)));
    }
}

/* What is all the parent's is none of the child's, and stays as it is. */
static void of_the_store(void) {
    cjm_store store;
    cjm_decision decision = {0};
    char words[256];
    size_t n;
    cjm_answer out;
    decision.struct_size = sizeof decision;
    for (n = 0; n < COUNT(of_stores); n++)
        if (strcmp(of_stores[n].name, "store_close") != 0) CHECK(of_stores[n].call(good.store.raw) == CJM_BAD_HANDLE);
    KEEPS(out, cjm_ask(good.store.raw, text("{\"ask\": \"status\"}"), &out), CJM_BAD_HANDLE);
    CHECK(cjm_last_error(words, sizeof words) > 0 && strstr(words, "forked"));
    KEEPS(store, cjm_store_open(text(path), good.blueprint, &store), CJM_LOCKED); /* its parent still has it */
    MUST(cjm_store_close(good.store));
    CHECK(cjm_store_close(good.store) == CJM_BAD_HANDLE);
    KEEPS(store, cjm_store_open(text(path), good.blueprint, &store), CJM_LOCKED);
}

/* The library as it ships starts no threads and answers; one built with them says that they are not there. Neither
   waits for them. */
static void asked(uint64_t whom, const char *json) {
    cjm_answer answer = {0};
    const cjm_status status = cjm_ask(whom, text(json), &answer);
    CHECK(status == CJM_OK || (status == CJM_STATE && answer.raw == 0));
    if (status == CJM_OK) MUST(cjm_answer_free(answer));
}

/* Memory is the child's own; threads are not there. */
static void of_the_engine(void) {
    cjm_decision decision = {0};
    cjm_answer answer = {0};
    cjm_engine another = {0};
    cjm_text bytes;
    decision.struct_size = sizeof decision;
    MUST(cjm_engine_push_json(good.engine, text(JSON_EVENT)));
    MUST(cjm_engine_advance(good.engine, at("2026-03-02T12:00:00Z")));
    CHECK(cjm_engine_next_decision(good.engine, &decision) == CJM_ROW && same(decision.rule, "forgot"));
    MUST(cjm_engine_ack(good.engine, decision.id, CJM_OUTCOME_SENT));
    MUST(cjm_engine_snapshot(good.engine, &answer));
    MUST(cjm_answer_text(answer, &bytes));
    MUST(cjm_engine_restore(good.blueprint, (const uint8_t *)bytes.ptr, bytes.len, &another));
    MUST(cjm_answer_free(answer));
    MUST(cjm_engine_free(another));
    CHECK(answers(good.engine.raw, "{\"ask\": \"status\"}", "\"customers\":2"));
    asked(good.engine.raw, "{\"ask\": \"study\", \"events\": [" JSON_EVENT "]}");
    asked(good.blueprint.raw, "{\"ask\": \"study\", \"events\": []}");
    asked(good.blueprint.raw, "{\"ask\": \"report\", \"events\": []}");
    asked(good.blueprint.raw, "{\"ask\": \"replay\", \"events\": []}");
    MUST(cjm_engine_free(good.engine));
}

/* A file of the child's own. */
static void of_another_store(void) {
    cjm_store store = {0};
    MUST(cjm_store_open(text(own_path), good.blueprint, &store));
    push_to(store, "child", 10);
    CHECK(answers(store.raw, "{\"ask\": \"status\"}", "\"customers\":10"));
    MUST(cjm_store_close(store));
}

static void succeeds(pid_t child) {
    int status = -1;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A child that has nothing to do with the library, and ends as a program does. */
static void left_alone(void) {
    pid_t child = fork();
    if (child == 0) exit(0);
    succeeds(child);
}

/* A child opens the file once it has let go of it and its parent has closed it. */
static void handed_over(void) {
    int closed[2];
    char byte = 0;
    cjm_store store = {0};
    pid_t child;
    CHECK(pipe(closed) == 0);
    child = fork();
    if (child == 0) {
        CHECK(close(closed[1]) == 0 && read(closed[0], &byte, 1) == 1);
        MUST(cjm_store_close(good.store));
        MUST(cjm_store_open(text(path), good.blueprint, &store));
        push_to(store, "later", 5);
        MUST(cjm_store_close(store));
        exit(0);
    }
    MUST(cjm_store_close(good.store));
    CHECK(write(closed[1], &byte, 1) == 1);
    succeeds(child);
    CHECK(close(closed[0]) == 0 && close(closed[1]) == 0);
}

int main(int argc, char **argv) {
    static const cjm_identity who = {{"member", 6}, {"m-1", 3}};
    cjm_decision decision = {0};
    pid_t child;
    int n;
    CHECK(argc == 2);
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere.db", argv[1]);
    good = world(argv[1], "parent.db");
    good_event = cart("e1", &who);
    memcpy(path, good.path, sizeof path);
    /* the parent's threads work before it forks */
    CHECK(answers(good.store.raw, "{\"ask\": \"study\"}", "journeys"));
    push_to(good.store, "before", 20);
    for (n = 0; n < 3; n++) {
        snprintf(own_path, sizeof own_path, "%s/child%d.db", argv[1], n);
        child = fork();
        if (child == 0) {
            alarm(300); /* a child that hangs is ended */
            of_the_store();
            of_the_engine();
            of_another_store();
            if (n == 1) _exit(0);
            exit(0);
        }
        push_to(good.store, "while", 5 + n); /* the parent goes on meanwhile */
        succeeds(child);
        left_alone();
    }
    push_to(good.store, "after", 20);
    MUST(cjm_store_advance(good.store, at("2026-03-02T12:00:00Z")));
    decision.struct_size = sizeof decision;
    CHECK(cjm_store_next_decision(good.store, &decision) == CJM_ROW && same(decision.rule, "forgot"));
    CHECK(answers(good.store.raw, "{\"ask\": \"status\"}", "\"customers\":48"));
    CHECK(answers(good.store.raw, "{\"ask\": \"study\"}", "journeys"));
    handed_over();
    MUST(cjm_store_open(text(path), good.blueprint, &good.store));
    CHECK(answers(good.store.raw, "{\"ask\": \"status\"}", "\"customers\":53"));
    end(&good);
    puts("ok");
    return 0;
}
