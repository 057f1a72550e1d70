/* Every call of the library as a program in C makes it, in memory and on a file: ./calls FOLDER
   Answers: whether each does what the header says. Does not know: hostile callers (hostile.c) and threads. */
#include "check.h"

static cjm_event cart(const char *id, const char *time, const cjm_identity *who) {
    cjm_event event = {0};
    event.struct_size = sizeof event;
    event.name = text("cart");
    event.time = at(time);
    event.source = text("till");
    event.id = text(id);
    event.identities = who;
    event.n_identities = 1;
    return event;
}

static void in_memory(void) {
    cjm_blueprint blueprint = shop();
    cjm_engine engine = {0}, again = {0};
    cjm_identity who = {text("member"), text("m-1")};
    cjm_attribute attributes[6];
    cjm_event event = cart("e1", "2026-03-01T12:00:00Z", &who);
    cjm_decision decision = {0};
    cjm_answer bytes = {0};
    cjm_text view;
    cjm_time due;
    int32_t valid = -1;

    MUST(cjm_engine_new(blueprint, &engine));
    attributes[0] = cjm_attribute_integer(text("n"), 7);
    attributes[1] = cjm_attribute_decimal(text("amount"), text("12.50"));
    attributes[2] = cjm_attribute_text(text("name"), text("\xe5\x91\xb3"));
    attributes[3] = cjm_attribute_time(text("at"), at("2026-03-01T11:00:00Z"));
    attributes[4] = cjm_attribute_boolean(text("ok"), 1);
    attributes[5] = cjm_attribute_number(text("x"), 0.5);
    event.attributes = attributes;
    event.n_attributes = 6;
    CHECK(cjm_engine_next_due(engine, &due) == CJM_DONE);
    MUST(cjm_engine_push(engine, &event));
    MUST(cjm_engine_push(engine, &event)); /* a repeat */
    event.n_attributes = 5;
    CHECK(cjm_engine_push(engine, &event) == CJM_CONFLICT);
    CHECK(cjm_engine_next_due(engine, &due) == CJM_ROW);
    CHECK(due == at("2026-03-01T12:30:00Z"));

    MUST(cjm_engine_snapshot(engine, &bytes));
    MUST(cjm_answer_text(bytes, &view));
    MUST(cjm_engine_restore(blueprint, (const uint8_t *)view.ptr, view.len, &again));
    MUST(cjm_answer_free(bytes));
    CHECK(cjm_answer_text(bytes, &view) == CJM_BAD_HANDLE);

    decision.struct_size = sizeof decision;
    CHECK(cjm_engine_next_decision(again, &decision) == CJM_DONE);
    MUST(cjm_engine_advance(again, due));
    CHECK(cjm_engine_next_decision(again, &decision) == CJM_ROW);
    CHECK(same(decision.rule, "forgot") && same(decision.action, "call") && same(decision.target, "remind"));
    CHECK(same(decision.customer_kind, "member") && same(decision.customer, "m-1") && decision.due == due);
    MUST(cjm_engine_still_valid(again, decision.id, CJM_NOW, &valid));
    CHECK(valid == 1);
    CHECK(cjm_engine_next_decision(again, &decision) == CJM_DONE);
    CHECK(cjm_engine_next_decision(again, &decision) == CJM_ROW); /* a new pass */
    MUST(cjm_engine_ack(again, decision.id, CJM_OUTCOME_DELIVERED));
    CHECK(cjm_engine_next_decision(again, &decision) == CJM_DONE);
    MUST(cjm_engine_ack_at(again, decision.id, CJM_OUTCOME_OPENED, due));

    /* the first one heard of no time yet: its event is taken back */
    MUST(cjm_engine_retract(engine, text("member"), text("m-1"), text("till"), text("e1")));
    CHECK(cjm_engine_next_due(engine, &due) == CJM_DONE);
    event.id = text("e2");
    event.time = at("2026-03-05T12:00:00Z");
    CHECK(cjm_engine_push_at(engine, &event, at("2026-03-01T12:00:00Z")) == CJM_FUTURE);
    CHECK(answers(engine.raw, "{\"ask\": \"status\"}", "\"customers\":1"));
    CHECK(answers(engine.raw, "{\"ask\": \"customer\", \"customer\": {\"member\": \"m-1\"}}", "\"m-1\""));
    CHECK(answers(engine.raw, "{\"ask\": \"brief\", \"customer\": {\"member\": \"m-1\"}, \"language\": \"zh\"}", "lines"));
    CHECK(answers(engine.raw, "{\"ask\": \"explain\", \"customer\": {\"member\": \"m-1\"}, \"rule\": \"forgot\"}", "text"));
    CHECK(answers(engine.raw, "{\"ask\": \"tickets\"}", "[]"));
    CHECK(answers(engine.raw, "{\"ask\": \"outbox\"}", "[]"));
    MUST(cjm_engine_erase(engine, text("member"), text("m-1")));
    CHECK(cjm_engine_erase(engine, text("member"), text("m-1")) == CJM_NOT_FOUND);
    CHECK(answers(engine.raw, "{\"ask\": \"customer\", \"customer\": {\"member\": \"m-1\"}}", "null"));

    MUST(cjm_engine_free(engine));
    MUST(cjm_engine_free(again));
    CHECK(cjm_engine_free(again) == CJM_BAD_HANDLE);
    MUST(cjm_blueprint_free(blueprint));
}

static void many(void) {
    enum { N = 200 };
    static cjm_event events[N];
    static char ids[N][16];
    cjm_blueprint blueprint = shop();
    cjm_engine engine = {0};
    cjm_identity who = {text("member"), text("m-1")};
    size_t taken = 77;
    int n;
    MUST(cjm_engine_new(blueprint, &engine));
    for (n = 0; n < N; n++) {
        snprintf(ids[n], sizeof ids[n], "e%d", n);
        events[n] = cart(ids[n], "2026-03-01T12:00:00Z", &who);
    }
    MUST(cjm_engine_push_many(engine, events, N, &taken));
    CHECK(taken == N);
    events[100].id = text("new");
    events[101].id = text("e0");
    events[101].channel = text("other");
    CHECK(cjm_engine_push_many(engine, events, N, &taken) == CJM_CONFLICT);
    CHECK(taken == 101);
    MUST(cjm_engine_push_many(engine, NULL, 0, &taken));
    CHECK(taken == 0);
    MUST(cjm_engine_free(engine));
    MUST(cjm_blueprint_free(blueprint));
}

static void on_file(const char *folder) {
    char path[512], copy[512];
    cjm_blueprint blueprint = shop(), later = {0};
    cjm_store store = {0}, other = {0};
    cjm_store_options options = {0};
    cjm_identity who = {text("member"), text("m-1")};
    cjm_event event = cart("e1", "2026-03-01T12:00:00Z", &who);
    cjm_decision decision = {0};
    cjm_answer answer = {0};
    cjm_text whole;
    cjm_time due;
    size_t taken = 0;
    int32_t yes = -1;

    snprintf(path, sizeof path, "%s/calls.db", folder);
    snprintf(copy, sizeof copy, "%s/copy.db", folder);
    options.struct_size = sizeof options;
    options.durability = CJM_DURABILITY_BATCH;
    options.batch_ms = 50;
    MUST(cjm_store_open_with(text(path), blueprint, &options, &store));
    CHECK(cjm_store_open(text(path), blueprint, &other) == CJM_LOCKED);
    MUST(cjm_store_push(store, &event));
    MUST(cjm_store_push_many(store, &event, 1, &taken));
    CHECK(taken == 1);
    CHECK(cjm_store_push_at(store, &event, at("2026-02-01T12:00:00Z")) == CJM_FUTURE);
    MUST(cjm_store_push_json(store, text("{\"answer\": \"nps\", \"values\": {\"score\": 9}, \"at\": \"2026-03-01T12:01:00Z\", "
                                         "\"identities\": {\"member\": \"m-1\"}, \"id\": \"a1\"}")));
    MUST(cjm_store_flush(store));
    CHECK(cjm_store_next_due(store, &due) == CJM_ROW);
    MUST(cjm_store_advance(store, due));
    decision.struct_size = sizeof decision;
    CHECK(cjm_store_next_decision(store, &decision) == CJM_ROW);
    MUST(cjm_store_still_valid(store, decision.id, due, &yes));
    CHECK(yes == 1);
    MUST(cjm_store_backup(store, text(copy)));
    CHECK(cjm_store_backup(store, text(copy)) == CJM_ARGUMENT);
    MUST(cjm_store_ack_at(store, decision.id, CJM_OUTCOME_SENT, due));
    MUST(cjm_store_ack(store, decision.id, CJM_OUTCOME_OPENED));
    CHECK(answers(store.raw, "{\"ask\": \"study\"}", "\"journeys\""));
    CHECK(answers(store.raw, "{\"ask\": \"report\", \"language\": \"zh\"}", "<html"));
    CHECK(answers(store.raw, "{\"ask\": \"replay\", \"until\": \"end_of_waits\"}", "\"forgot\""));
    CHECK(answers(store.raw, "{\"ask\": \"blueprint\"}", "\"shop\""));
    MUST(cjm_store_export(store, text("member"), text("m-1"), &answer));
    MUST(cjm_answer_text(answer, &whole));
    CHECK(whole.len > 100);
    MUST(cjm_answer_free(answer));
    MUST(cjm_blueprint_parse(text(SHOP "  - { id: thank, when: { event: paid }, do: [{ call: thank }] }\n"), &later));
    MUST(cjm_store_install(store, later, text(""), &answer));
    MUST(cjm_answer_free(answer));
    MUST(cjm_store_push_json(store, text("{\"name\": \"paid\", \"time\": \"2026-03-01T13:00:00Z\", \"identities\": {\"member\": \"m-1\"}}")));
    CHECK(cjm_store_next_decision(store, &decision) == CJM_ROW && same(decision.rule, "thank"));
    MUST(cjm_store_retract(store, text("member"), text("m-1"), text("till"), text("e1")));
    MUST(cjm_store_erase(store, text("member"), text("m-1"), &answer));
    MUST(cjm_answer_text(answer, &whole));
    CHECK(whole.len > 10);
    MUST(cjm_answer_free(answer));
    CHECK(cjm_store_erase(store, text("member"), text("m-1"), &answer) == CJM_NOT_FOUND);
    CHECK(cjm_store_export(store, text("member"), text("m-1"), &answer) == CJM_NOT_FOUND);
    MUST(cjm_store_close(store));
    CHECK(cjm_store_close(store) == CJM_BAD_HANDLE);

    /* the copy stands where the store stood, and says that it is a copy */
    MUST(cjm_store_open(text(copy), blueprint, &store));
    MUST(cjm_store_restored_backup(store, &yes));
    CHECK(yes == 1);
    CHECK(cjm_store_next_decision(store, &decision) == CJM_ROW && same(decision.rule, "forgot"));
    MUST(cjm_store_caught_up(store));
    MUST(cjm_store_restored_backup(store, &yes));
    CHECK(yes == 0);
    MUST(cjm_store_close(store));
    options.has_last_sequence = 1;
    options.last_sequence = 1000;
    MUST(cjm_store_open_with(text(copy), blueprint, &options, &store));
    MUST(cjm_store_restored_backup(store, &yes));
    CHECK(yes == 1);
    MUST(cjm_store_close(store));
    MUST(cjm_blueprint_free(blueprint));
    MUST(cjm_blueprint_free(later));
}

static void words(const char *folder) {
    char path[512], buffer[64], json[1024];
    cjm_blueprint blueprint = {0}, later = {0};
    cjm_engine engine = {0};
    cjm_answer answer = {0};
    cjm_decision decision = {0};
    FILE *file;
    size_t whole;

    CHECK(cjm_version().len >= 5);
    CHECK(cjm_time_format(at("2026-03-01T12:00:00+08:00"), buffer, sizeof buffer) == 20);
    CHECK(strcmp(buffer, "2026-03-01T04:00:00Z") == 0);
    CHECK(cjm_time_format(INT64_MAX, buffer, sizeof buffer) == 0 && buffer[0] == 0);

    snprintf(path, sizeof path, "%s/none.yaml", folder);
    CHECK(cjm_blueprint_load_file(text(path), &blueprint) == CJM_IO && blueprint.raw == 0);
    CHECK(cjm_blueprint_parse(text("cjm: 1\nid: shop\nrules: [{ id: a }]\n"), &blueprint) == CJM_BLUEPRINT);
    whole = cjm_last_error(buffer, sizeof buffer);
    CHECK(whole > 0 && strlen(buffer) == (whole < 63 ? whole : 63));
    CHECK(cjm_last_error(NULL, 0) == whole);
    cjm_last_error_json(json, sizeof json);
    CHECK(strstr(json, "\"code\":\"blueprint\"") && strstr(json, "\"number\":1") && strstr(json, "findings"));

    snprintf(path, sizeof path, "%s/shop.yaml", folder);
    file = fopen(path, "w");
    CHECK(file && fputs(SHOP, file) >= 0 && fclose(file) == 0);
    MUST(cjm_blueprint_load_file(text(path), &blueprint));
    CHECK(answers(blueprint.raw, "{\"ask\": \"check\", \"language\": \"zh\"}", "["));
    CHECK(answers(blueprint.raw, "{\"ask\": \"diff\", \"blueprint\": \"{cjm: 1, id: shop}\"}", "rules"));
    CHECK(answers(blueprint.raw,
                  "{\"ask\": \"replay\", \"until\": \"end_of_waits\", \"events\": [{\"name\": \"cart\", "
                  "\"time\": \"2026-03-01T12:00:00Z\", \"identities\": {\"member\": \"m-1\"}}]}",
                  "\"due\":\"2026-03-01T12:30:00Z\""));
    CHECK(cjm_ask(blueprint.raw, text("{\"ask\": \"study\"}"), &answer) == CJM_ARGUMENT);
    CHECK(cjm_ask(blueprint.raw, text("{\"ask\": \"tickets\"}"), &answer) == CJM_ARGUMENT);
    MUST(cjm_blueprint_parse(text("cjm: 1\nid: shop\nzone: UTC\nidentities: [{ id: member }]\nevents: { cart: { n: int } }\n"
                                  "rules: [{ id: hello, when: { event: cart }, do: [{ call: hello }] }]\n"),
                             &later));
    MUST(cjm_engine_new(blueprint, &engine));
    MUST(cjm_engine_install(engine, later, text("{\"edits\": {}}"), &answer));
    MUST(cjm_answer_free(answer));
    MUST(cjm_engine_push_json(engine, text("{\"name\": \"cart\", \"time\": \"2026-03-01T12:00:00Z\", "
                                           "\"identities\": {\"member\": \"m-1\"}}")));
    decision.struct_size = sizeof decision;
    CHECK(cjm_engine_next_decision(engine, &decision) == CJM_ROW && same(decision.rule, "hello"));
    MUST(cjm_engine_free(engine));
    MUST(cjm_blueprint_free(later));
    MUST(cjm_blueprint_free(blueprint));
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    MUST(cjm_abi_check(CJM_ABI_VERSION));
    CHECK(cjm_abi_check(CJM_ABI_VERSION + 1) == CJM_NEWER_FORMAT);
    CHECK(same(cjm_status_name(CJM_BAD_HANDLE), "bad_handle") && cjm_status_name(99).len == 0);
    words(argv[1]);
    in_memory();
    many();
    on_file(argv[1]);
    puts("ok");
    return 0;
}
