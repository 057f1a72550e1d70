/* Handles made, used and ended again and again: ./leaks FOLDER [ROUNDS [MOST_KIB]]
   Answers: whether the memory that the process holds stays as it is after a warm-up of a tenth of the rounds: it may grow by
   MOST_KIB, 4096 unless said; 0 for whatever it likes, as under a sanitizer. Does not know: who would have leaked.

   A round makes and ends an engine, a snapshot, the engine of that snapshot, forty answers, and as many errors. Every eighth
   round does so with a blueprint of its own, every 16th with a store that is opened, fed, read and closed. */
#include "check.h"

static long n_handles, n_stores;

static long resident_kib(void) {
    long pages = 0, all = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file && fscanf(file, "%ld %ld", &all, &pages) == 2 && fclose(file) == 0);
    return pages * 4;
}

static cjm_event cart(const char *id, const cjm_identity *who, const cjm_attribute *attributes, size_t n) {
    cjm_event event = {0};
    event.struct_size = sizeof event;
    event.name = text("cart");
    event.time = 1772366400000000;
    event.source = text("till");
    event.id = text(id);
    event.identities = who;
    event.n_identities = 1;
    event.attributes = attributes;
    event.n_attributes = n;
    return event;
}

static void engines(cjm_blueprint blueprint, const cjm_event *event) {
    static const char customer[] = "{\"ask\": \"customer\", \"customer\": {\"member\": \"m-1\"}}";
    int n;
    cjm_engine engine = {0}, again = {0};
    cjm_answer bytes = {0}, answer = {0};
    cjm_decision decision = {0};
    cjm_event wrong = *event;
    cjm_text view;
    cjm_time due;
    decision.struct_size = sizeof decision;
    MUST(cjm_engine_new(blueprint, &engine));
    MUST(cjm_engine_push(engine, event));
    wrong.n_attributes = 65;
    CHECK(cjm_engine_push(engine, &wrong) == CJM_LIMIT);
    CHECK(cjm_engine_next_due(engine, &due) == CJM_ROW);
    MUST(cjm_engine_snapshot(engine, &bytes));
    MUST(cjm_answer_text(bytes, &view));
    MUST(cjm_engine_restore(blueprint, (const uint8_t *)view.ptr, view.len, &again));
    MUST(cjm_engine_advance(again, due));
    CHECK(cjm_engine_next_decision(again, &decision) == CJM_ROW);
    MUST(cjm_engine_ack(again, decision.id, CJM_OUTCOME_SENT));
    for (n = 0; n < 40; n++) {
        MUST(cjm_ask(again.raw, text(n ? "{\"ask\": \"outbox\"}" : customer), &answer));
        MUST(cjm_answer_text(answer, &view));
        CHECK(view.ptr[0] == (n ? '[' : '{'));
        MUST(cjm_answer_free(answer));
        CHECK(cjm_answer_free(answer) == CJM_BAD_HANDLE);
    }
    MUST(cjm_answer_free(bytes));
    MUST(cjm_engine_free(engine));
    MUST(cjm_engine_free(again));
    n_handles += 43;
}

static void stores(const char *path, cjm_blueprint blueprint, const cjm_event *event, long round) {
    char id[32];
    cjm_store store = {0}, other = {0};
    cjm_store_options options = {0};
    cjm_answer answer = {0};
    cjm_decision decision = {0};
    cjm_event one = *event;
    snprintf(id, sizeof id, "e%ld", round);
    one.id = text(id);
    one.time = event->time + round * 3600000000;
    options.struct_size = sizeof options;
    options.durability = CJM_DURABILITY_OFF;
    decision.struct_size = sizeof decision;
    MUST(cjm_store_open_with(text(path), blueprint, &options, &store));
    CHECK(cjm_store_open(text(path), blueprint, &other) == CJM_LOCKED);
    MUST(cjm_store_push(store, &one));
    MUST(cjm_store_advance(store, one.time + 1800000000));
    while (cjm_store_next_decision(store, &decision) == CJM_ROW) MUST(cjm_store_ack(store, decision.id, CJM_OUTCOME_SENT));
    MUST(cjm_store_export(store, text("member"), text("m-1"), &answer));
    MUST(cjm_answer_free(answer));
    MUST(cjm_store_erase(store, text("member"), text("m-1"), &answer));
    MUST(cjm_answer_free(answer));
    MUST(cjm_store_close(store));
    n_handles += 3;
    n_stores++;
}

int main(int argc, char **argv) {
    cjm_identity who = {text("member"), text("m-1")};
    cjm_attribute attributes[2];
    cjm_blueprint shared = shop();
    cjm_event event;
    char path[512];
    long rounds = argc > 2 ? atol(argv[2]) : 500, most = argc > 3 ? atol(argv[3]) : 4096, round, before = 0, after;
    CHECK(argc >= 2 && rounds >= 10);
    snprintf(path, sizeof path, "%s/leaks.db", argv[1]);
    attributes[0] = cjm_attribute_integer(text("n"), 7);
    attributes[1] = cjm_attribute_text(text("name"), text("\xe5\x91\xb3"));
    event = cart("e1", &who, attributes, 2);
    for (round = 0; round < rounds; round++) {
        cjm_blueprint own = shared;
        if (round == rounds / 10) before = resident_kib();
        if (round % 8 == 0) {
            own = shop();
            n_handles++;
        }
        engines(own, &event);
        if (round % 16 == 0) stores(path, own, &event, round);
        if (round % 8 == 0) MUST(cjm_blueprint_free(own));
    }
    after = resident_kib();
    MUST(cjm_blueprint_free(shared));
    fprintf(stderr, "%ld handles made, used and ended, %ld of them stores: %ld KiB resident after the warm-up, %ld KiB at the end\n",
            n_handles, n_stores, before, after);
    CHECK(most == 0 || after - before <= most);
    puts("ok");
    return 0;
}
