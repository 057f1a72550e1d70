/* Every call with what a hostile caller hands in, short of pointers that lead nowhere: ./hostile FOLDER
   Answers: whether each gives the status that the header says, changes nothing and writes nothing. Does not know: good
   callers (calls.c), tables (arrow.c), threads (threads.c). */
#include "handles.h"

#include <math.h>

/* ---- handles ---- */

ANSWER(ask) {
    cjm_answer out;
    return cjm_ask(raw, text("{\"ask\": \"check\"}"), &out);
}

static void refuse(const Call *calls, size_t n, uint64_t raw) {
    size_t at;
    for (at = 0; at < n; at++) {
        cjm_status status = calls[at].call(raw);
        if (status == CJM_BAD_HANDLE) continue;
        fprintf(stderr, "%s(%llx) gave %d\n", calls[at].name, (unsigned long long)raw, (int)status);
        exit(1);
    }
}

/* What names nothing of a type: 0 but for its end, what was made up, what is of another type, what was closed. */
static void wrong_handles(const char *folder) {
    const uint64_t *live[4];
    const Call *calls[4] = {of_blueprints, of_stores, of_engines, of_answers};
    const size_t counts[4] = {COUNT(of_blueprints), COUNT(of_stores), COUNT(of_engines), COUNT(of_answers)};
    World closed = world(folder, "closed.db");
    const uint64_t ends[4] = {closed.blueprint.raw, closed.store.raw, closed.engine.raw, closed.answer.raw};
    size_t type, other;
    live[0] = &good.blueprint.raw, live[1] = &good.store.raw, live[2] = &good.engine.raw, live[3] = &good.answer.raw;
    end(&closed);
    for (type = 0; type < 4; type++) {
        const uint64_t own = *live[type], made_up[] = {1, 0xffffffff, UINT64_MAX, UINT64_MAX >> 8, own ^ 1, own ^ (1ull << 31),
                                                       own ^ (1ull << 32), own ^ (1ull << 55), own ^ (1ull << 63)};
        for (other = 0; other < COUNT(made_up); other++) refuse(calls[type], counts[type], made_up[other]);
        for (other = 0; other < 4; other++) {
            if (other != type) refuse(calls[type], counts[type], *live[other]);
            refuse(calls[type], counts[type], ends[other]);
        }
        for (other = 0; other < counts[type]; other++) {
            const Call *one = &calls[type][other];
            int frees = strstr(one->name, "_free") != NULL;
            CHECK(one->call(0) == (frees ? CJM_OK : CJM_BAD_HANDLE));
        }
    }
    for (other = 0; other < 4; other++) CHECK(ask(ends[other]) == CJM_BAD_HANDLE);
    CHECK(ask(0) == CJM_BAD_HANDLE && ask(good.answer.raw) == CJM_BAD_HANDLE && ask(UINT64_MAX) == CJM_BAD_HANDLE);
    CHECK(fopen(elsewhere, "r") == NULL); /* no file was made for a blueprint that is none */
}

/* A slot that is used again has another number each time; the old ones name nothing. */
static void used_again(void) {
    uint64_t old[100];
    int n, before;
    for (n = 0; n < 100; n++) {
        cjm_engine one = {0};
        MUST(cjm_engine_new(good.blueprint, &one));
        MUST(cjm_engine_free(one));
        CHECK(cjm_engine_free(one) == CJM_BAD_HANDLE);
        old[n] = one.raw;
        for (before = 0; before < n; before++) CHECK(old[before] != one.raw);
    }
    for (n = 0; n < 100; n++) refuse(of_engines, COUNT(of_engines), old[n]);
}

/* ---- texts ---- */

static void wrong_texts(void) {
    const cjm_text member = text("member"), m1 = text("m-1"), till = text("till"), e1 = text("e1");
    cjm_store_options options = {0};
    cjm_blueprint blueprint;
    cjm_engine engine = good.engine;
    cjm_store store = good.store, opened;
    cjm_answer out;
    cjm_time time;
    size_t n;
    options.struct_size = sizeof options;
    for (n = 0; n < COUNT(no_texts); n++) {
        const cjm_text bad = no_texts[n];
        KEEPS(blueprint, cjm_blueprint_parse(bad, &blueprint), CJM_ARGUMENT);
        KEEPS(blueprint, cjm_blueprint_load_file(bad, &blueprint), CJM_ARGUMENT);
        KEEPS(time, cjm_time_parse(bad, &time), CJM_ARGUMENT);
        KEEPS(out, cjm_ask(engine.raw, bad, &out), CJM_ARGUMENT);
        KEEPS(opened, cjm_store_open(bad, good.blueprint, &opened), CJM_ARGUMENT);
        KEEPS(opened, cjm_store_open_with(bad, good.blueprint, &options, &opened), CJM_ARGUMENT);
        CHECK(cjm_engine_push_json(engine, bad) == CJM_ARGUMENT && cjm_store_push_json(store, bad) == CJM_ARGUMENT);
        CHECK(cjm_engine_retract(engine, bad, m1, till, e1) == CJM_ARGUMENT);
        CHECK(cjm_engine_retract(engine, member, bad, till, e1) == CJM_ARGUMENT);
        CHECK(cjm_engine_retract(engine, member, m1, bad, e1) == CJM_ARGUMENT);
        CHECK(cjm_engine_retract(engine, member, m1, till, bad) == CJM_ARGUMENT);
        CHECK(cjm_store_retract(store, bad, m1, till, e1) == CJM_ARGUMENT);
        CHECK(cjm_store_retract(store, member, bad, till, e1) == CJM_ARGUMENT);
        CHECK(cjm_store_retract(store, member, m1, bad, e1) == CJM_ARGUMENT);
        CHECK(cjm_store_retract(store, member, m1, till, bad) == CJM_ARGUMENT);
        CHECK(cjm_engine_erase(engine, bad, m1) == CJM_ARGUMENT && cjm_engine_erase(engine, member, bad) == CJM_ARGUMENT);
        KEEPS(out, cjm_store_erase(store, bad, m1, &out), CJM_ARGUMENT);
        KEEPS(out, cjm_store_erase(store, member, bad, &out), CJM_ARGUMENT);
        KEEPS(out, cjm_store_export(store, bad, m1, &out), CJM_ARGUMENT);
        KEEPS(out, cjm_store_export(store, member, bad, &out), CJM_ARGUMENT);
        CHECK(cjm_store_backup(store, bad) == CJM_ARGUMENT);
        KEEPS(out, cjm_engine_install(engine, good.blueprint, bad, &out), CJM_ARGUMENT);
        KEEPS(out, cjm_store_install(store, good.blueprint, bad, &out), CJM_ARGUMENT);
        if (bad.ptr == NULL || bad.len > 8)
            KEEPS(engine, cjm_engine_restore(good.blueprint, (const uint8_t *)bad.ptr, bad.len, &engine), CJM_ARGUMENT);
        engine = good.engine;
    }
    CHECK(cjm_text_of(NULL).len == 0);
}

static void wrong_paths(const char *folder) {
    char path[600];
    cjm_blueprint blueprint;
    cjm_store store;
    const cjm_text zero = {"a\0b", 3}, none = {NULL, 0};
    FILE *file;
    KEEPS(blueprint, cjm_blueprint_load_file(none, &blueprint), CJM_IO);
    KEEPS(blueprint, cjm_blueprint_load_file(zero, &blueprint), CJM_IO);
    KEEPS(blueprint, cjm_blueprint_load_file(text(folder), &blueprint), CJM_IO);
    KEEPS(blueprint, cjm_blueprint_load_file(text("/dev/zero"), &blueprint), CJM_LIMIT); /* has no size and no end */
    snprintf(path, sizeof path, "%s/latin1.yaml", folder);
    file = fopen(path, "w");
    CHECK(file && fputs("cjm: 1\nid: caf\xe9\n", file) >= 0 && fclose(file) == 0);
    KEEPS(blueprint, cjm_blueprint_load_file(text(path), &blueprint), CJM_FORMAT);
    KEEPS(store, cjm_store_open(text(path), good.blueprint, &store), CJM_FORMAT);
    KEEPS(store, cjm_store_open(none, good.blueprint, &store), CJM_IO);
    KEEPS(store, cjm_store_open(zero, good.blueprint, &store), CJM_IO);
    KEEPS(store, cjm_store_open(text(folder), good.blueprint, &store), CJM_IO);
    KEEPS(store, cjm_store_open(text(good.path), good.blueprint, &store), CJM_LOCKED);
    CHECK(cjm_store_backup(good.store, none) == CJM_IO && cjm_store_backup(good.store, zero) == CJM_IO);
    CHECK(cjm_store_backup(good.store, text(good.path)) == CJM_ARGUMENT);
    snprintf(path, sizeof path, "%s/none/store.db", folder);
    KEEPS(store, cjm_store_open(text(path), good.blueprint, &store), CJM_IO);
    CHECK(cjm_store_backup(good.store, text(path)) == CJM_IO);
}

/* ---- null out-parameters: the call did nothing ---- */

static void nowhere_to_write(void) {
    const cjm_text member = text("member"), m1 = text("m-1"), check = text("{\"ask\": \"check\"}");
    cjm_store_options options = {0};
    options.struct_size = sizeof options;
    CHECK(cjm_blueprint_parse(text(SHOP), NULL) == CJM_ARGUMENT);
    CHECK(cjm_time_parse(text("2026-03-01T12:00:00Z"), NULL) == CJM_ARGUMENT);
    CHECK(cjm_answer_text(good.answer, NULL) == CJM_ARGUMENT);
    CHECK(cjm_ask(good.blueprint.raw, check, NULL) == CJM_ARGUMENT && cjm_ask(good.engine.raw, check, NULL) == CJM_ARGUMENT);
    CHECK(cjm_engine_new(good.blueprint, NULL) == CJM_ARGUMENT);
    CHECK(cjm_engine_restore(good.blueprint, (const uint8_t *)"x", 1, NULL) == CJM_ARGUMENT);
    CHECK(cjm_engine_snapshot(good.engine, NULL) == CJM_ARGUMENT);
    CHECK(cjm_store_open(text(elsewhere), good.blueprint, NULL) == CJM_ARGUMENT);
    CHECK(cjm_store_open_with(text(elsewhere), good.blueprint, &options, NULL) == CJM_ARGUMENT);
    CHECK(cjm_store_open_with(text(elsewhere), good.blueprint, NULL, NULL) == CJM_ARGUMENT);
    CHECK(fopen(elsewhere, "r") == NULL);
    CHECK(cjm_store_erase(good.store, member, m1, NULL) == CJM_ARGUMENT);
    CHECK(cjm_store_export(good.store, member, m1, NULL) == CJM_ARGUMENT);
    CHECK(cjm_store_restored_backup(good.store, NULL) == CJM_ARGUMENT);
    CHECK(cjm_engine_install(good.engine, good.blueprint, text(""), NULL) == CJM_ARGUMENT);
    CHECK(cjm_store_install(good.store, good.blueprint, text(""), NULL) == CJM_ARGUMENT);
    CHECK(cjm_engine_next_due(good.engine, NULL) == CJM_ARGUMENT && cjm_store_next_due(good.store, NULL) == CJM_ARGUMENT);
    CHECK(cjm_engine_next_decision(good.engine, NULL) == CJM_ARGUMENT);
    CHECK(cjm_store_next_decision(good.store, NULL) == CJM_ARGUMENT);
    CHECK(cjm_engine_still_valid(good.engine, no_decision, CJM_NOW, NULL) == CJM_ARGUMENT);
    CHECK(cjm_store_still_valid(good.store, no_decision, CJM_NOW, NULL) == CJM_ARGUMENT);
    CHECK(cjm_engine_push(good.engine, NULL) == CJM_ARGUMENT && cjm_store_push(good.store, NULL) == CJM_ARGUMENT);
    CHECK(cjm_engine_push_at(good.engine, NULL, 0) == CJM_ARGUMENT && cjm_store_push_at(good.store, NULL, 0) == CJM_ARGUMENT);
    MUST(cjm_engine_push_many(good.engine, &good_event, 1, NULL)); /* here null means: do not tell */
    MUST(cjm_store_push_many(good.store, &good_event, 1, NULL));
    CHECK(answers(good.store.raw, "{\"ask\": \"customer\", \"customer\": {\"member\": \"m-1\"}}", "m-1"));
    CHECK(answers(good.store.raw, "{\"ask\": \"status\"}", "\"customers\":1"));
}

/* ---- structs of other sizes ---- */

typedef union {
    cjm_event event;
    cjm_store_options options;
    cjm_decision decision;
    unsigned char bytes[8192];
    size_t struct_size;
} Wide;

static cjm_status push(const Wide *wide) {
    cjm_status one = cjm_engine_push(good.engine, &wide->event), two = cjm_store_push(good.store, &wide->event);
    size_t taken = 77, stored = 77;
    CHECK(one == two && cjm_engine_push_at(good.engine, &wide->event, wide->event.time) == one);
    CHECK(cjm_store_push_at(good.store, &wide->event, wide->event.time) == one);
    CHECK(cjm_engine_push_many(good.engine, &wide->event, 1, &taken) == one && taken == (one == CJM_OK));
    CHECK(cjm_store_push_many(good.store, &wide->event, 1, &stored) == one && stored == taken);
    return one;
}

static cjm_status open_with(const Wide *wide) {
    cjm_store store = {0};
    cjm_status status = cjm_store_open_with(text(elsewhere), good.blueprint, &wide->options, &store);
    if (status == CJM_OK) MUST(cjm_store_close(store));
    CHECK((status == CJM_OK) == (store.raw != 0));
    return status;
}

/* What the structs were in the first version. A program that was compiled with it goes on working: every library takes as
   much, whatever it has behind it. */
enum {
    FIRST_EVENT = offsetof(cjm_event, n_attributes) + sizeof(size_t),
    FIRST_OPTIONS = offsetof(cjm_store_options, hold) + sizeof(uint64_t),
    FIRST_DECISION = offsetof(cjm_decision, json) + sizeof(cjm_text)
};

static void first_sizes(const char *folder) {
    static Wide wide;
    World own = world(folder, "first.db");
    CHECK(sizeof(void *) != 8 || (FIRST_EVENT == 120 && FIRST_OPTIONS == 40 && FIRST_DECISION == 208));
    memset(&wide, 0xa5, sizeof wide); /* what is behind the struct is not looked at */
    memcpy(wide.bytes, &good_event, FIRST_EVENT);
    wide.struct_size = FIRST_EVENT;
    CHECK(push(&wide) == CJM_OK);
    memset(&wide, 0xa5, sizeof wide);
    memset(&wide, 0, FIRST_OPTIONS);
    wide.struct_size = FIRST_OPTIONS;
    CHECK(open_with(&wide) == CJM_OK);
    memset(&wide, 0xa5, sizeof wide);
    wide.struct_size = FIRST_DECISION;
    MUST(cjm_engine_advance(own.engine, at("2026-03-01T13:00:00Z")));
    CHECK(cjm_engine_next_decision(own.engine, &wide.decision) == CJM_ROW && wide.decision.json.ptr[0] == '{');
    CHECK(wide.struct_size == FIRST_DECISION && is_marked(wide.bytes + FIRST_DECISION, sizeof wide - FIRST_DECISION));
    end(&own);
}

static void wrong_sizes(void) {
    static const size_t wrong[] = {0, 1, sizeof(size_t), 4097, SIZE_MAX / 2 + 1, SIZE_MAX};
    static Wide wide;
    size_t n, size;
    for (n = 0; n < COUNT(wrong) + 2; n++) {
        wide.event = good_event;
        wide.struct_size = n < COUNT(wrong) ? wrong[n] : FIRST_EVENT - 1 - 7 * (n - COUNT(wrong));
        CHECK(push(&wide) == CJM_ARGUMENT);
        memset(&wide, 0, sizeof wide);
        wide.struct_size = n < COUNT(wrong) ? wrong[n] : FIRST_OPTIONS - 1 - 7 * (n - COUNT(wrong));
        CHECK(open_with(&wide) == CJM_ARGUMENT);
        memset(&wide, 0xa5, sizeof wide);
        wide.struct_size = n < COUNT(wrong) ? wrong[n] : FIRST_DECISION - 1 - 7 * (n - COUNT(wrong));
        CHECK(cjm_engine_next_decision(good.engine, &wide.decision) == CJM_ARGUMENT);
        CHECK(cjm_store_next_decision(good.store, &wide.decision) == CJM_ARGUMENT);
        CHECK(is_marked(wide.bytes + sizeof(size_t), sizeof wide - sizeof(size_t)));
    }
    for (size = sizeof(cjm_event) + 1; size <= 4096; size += size < 200 ? 1 : 649) {
        memset(&wide, 0, sizeof wide);
        wide.event = good_event;
        wide.struct_size = size;
        wide.bytes[size] = 1; /* not the struct's any more */
        CHECK(push(&wide) == CJM_OK);
        wide.bytes[size - 1] = 1; /* a field that this library does not have */
        CHECK(push(&wide) == CJM_ARGUMENT);
    }
    for (size = sizeof(cjm_store_options) + 1; size <= 4096; size += 1009) {
        memset(&wide, 0, sizeof wide);
        wide.struct_size = size;
        wide.bytes[size] = 1;
        CHECK(open_with(&wide) == CJM_OK);
        wide.bytes[size - 1] = 1;
        CHECK(open_with(&wide) == CJM_ARGUMENT);
    }
}

/* Many events one behind the other, each longer than this library knows. */
static void many_of_another_size(void) {
    enum { SIZE = sizeof(cjm_event) + 24, N = 5 };
    static unsigned char bytes[SIZE * N];
    size_t taken = 77;
    int n;
    cjm_event event = good_event;
    event.struct_size = SIZE;
    for (n = 0; n < N; n++) memcpy(bytes + n * SIZE, &event, sizeof event);
    MUST(cjm_engine_push_many(good.engine, (const cjm_event *)(const void *)bytes, N, &taken));
    CHECK(taken == N);
    /* a later one that says it is longer than the first would be read beyond the end */
    event.struct_size = SIZE + 8;
    memcpy(bytes + 3 * SIZE, &event, sizeof event);
    CHECK(cjm_engine_push_many(good.engine, (const cjm_event *)(const void *)bytes, N, &taken) == CJM_ARGUMENT);
    CHECK(taken == 3);
    CHECK(cjm_store_push_many(good.store, (const cjm_event *)(const void *)bytes, N, &taken) == CJM_ARGUMENT);
    CHECK(taken == 3);
}

static void impossible_counts(void) {
    static const size_t most[] = {SIZE_MAX, SIZE_MAX / 2 + 1, SIZE_MAX / sizeof(cjm_event)};
    size_t n, taken;
    for (n = 0; n < COUNT(most); n++) {
        taken = 77;
        CHECK(cjm_engine_push_many(good.engine, &good_event, most[n], &taken) == CJM_ARGUMENT && taken == 0);
        taken = 77;
        CHECK(cjm_store_push_many(good.store, &good_event, most[n], &taken) == CJM_ARGUMENT && taken == 0);
        taken = 77;
        CHECK(cjm_engine_push_many(good.engine, NULL, most[n], &taken) == CJM_ARGUMENT && taken == 0);
    }
    taken = 77;
    CHECK(cjm_store_push_many(good.store, NULL, 1, &taken) == CJM_ARGUMENT && taken == 0);
    taken = 77;
    MUST(cjm_store_push_many(good.store, NULL, 0, &taken));
    CHECK(taken == 0);
}

/* ---- events ---- */

/* An event of a new id, so that what is good is never a repeat. */
static cjm_event fresh(void) {
    static char ids[4096][8];
    static int n;
    cjm_event event = good_event;
    CHECK(n < 4096);
    snprintf(ids[n], sizeof ids[n], "f%d", n);
    event.id = text(ids[n++]);
    return event;
}

static cjm_status push_one(cjm_event event) {
    Wide wide = {0};
    wide.event = event;
    return push(&wide);
}

#define WITH_FIELD(field, value, status)                                                             \
    do {                                                                                             \
        cjm_event event = fresh();                                                                   \
        event.field = (value);                                                                       \
        CHECK(push_one(event) == (status));                                                          \
    } while (0)

static void wrong_events(void) {
    static char letters[66000];
    cjm_identity who[33], *odd;
    unsigned char shifted[sizeof(cjm_identity) + 1] = {0};
    const cjm_text none = {NULL, 0};
    size_t n;
    memset(letters, 'a', sizeof letters);
    for (n = 0; n < COUNT(no_texts); n++) {
        WITH_FIELD(name, no_texts[n], CJM_ARGUMENT);
        WITH_FIELD(source, no_texts[n], CJM_ARGUMENT);
        WITH_FIELD(id, no_texts[n], CJM_ARGUMENT);
        WITH_FIELD(channel, no_texts[n], CJM_ARGUMENT);
        who[0].kind = no_texts[n], who[0].value = text("m-1");
        WITH_FIELD(identities, who, CJM_ARGUMENT);
        who[0].kind = text("member"), who[0].value = no_texts[n];
        WITH_FIELD(identities, who, CJM_ARGUMENT);
    }
    WITH_FIELD(name, none, CJM_BAD_EVENT);
    WITH_FIELD(id, none, CJM_OK);
    WITH_FIELD(source, none, CJM_OK);
    for (n = 129; n <= 66000; n += 65871 / 3) {
        const cjm_text is_long = {letters, n};
        WITH_FIELD(name, is_long, CJM_LIMIT);
        WITH_FIELD(source, is_long, CJM_LIMIT);
        WITH_FIELD(id, is_long, CJM_LIMIT);
        who[0].kind = text("member"), who[0].value = is_long;
        WITH_FIELD(identities, who, CJM_LIMIT);
        who[0].kind = is_long, who[0].value = text("m-1"); /* such a kind is none of the blueprint's */
        WITH_FIELD(identities, who, n > 65536 ? CJM_LIMIT : CJM_BAD_EVENT);
    }
    WITH_FIELD(time, INT64_MAX, CJM_ARGUMENT);
    WITH_FIELD(time, INT64_MIN, CJM_ARGUMENT);
    WITH_FIELD(sequence, INT64_MIN, CJM_OK);
    WITH_FIELD(identities, NULL, CJM_ARGUMENT);
    WITH_FIELD(n_identities, 0, CJM_BAD_EVENT);
    for (n = 0; n < 33; n++) who[n].kind = text("member"), who[n].value = text("m-1");
    odd = (cjm_identity *)(void *)(shifted + 1);
    WITH_FIELD(identities, odd, CJM_ARGUMENT);
    {
        cjm_event event = fresh();
        event.identities = who;
        event.n_identities = 2; /* one kind twice */
        CHECK(push_one(event) == CJM_BAD_EVENT);
        event.n_identities = 33;
        CHECK(push_one(event) == CJM_LIMIT);
        event.n_identities = SIZE_MAX;
        CHECK(push_one(event) == CJM_LIMIT);
        event.n_identities = 1;
        who[0].kind = text("nobody"); /* a kind that the blueprint does not have */
        CHECK(push_one(event) == CJM_BAD_EVENT);
    }
}

static cjm_status with_attributes(const cjm_attribute *attributes, size_t n) {
    cjm_event event = fresh();
    event.attributes = attributes;
    event.n_attributes = n;
    return push_one(event);
}

static cjm_status with_attribute(cjm_attribute attribute) { return with_attributes(&attribute, 1); }

static void wrong_attributes(void) {
    static char letters[9000], names[65][8];
    static const double no_numbers[] = {(double)INFINITY, -(double)INFINITY, (double)NAN};
    static const char *no_amounts[] = {"", "1e400", "0x10", "1,000", "\xef\xbc\x91\xef\xbc\x92", "12.5.0", "-", "NaN", "inf",
                                       "99999999999999999999999999999999999999999999"};
    static const int32_t no_kinds[] = {-1, 8, 9, 100, INT32_MIN, INT32_MAX};
    cjm_attribute many[65], one = cjm_attribute_integer(text("n"), 1);
    unsigned char shifted[sizeof(cjm_attribute) + 1] = {0};
    size_t n;
    memset(letters, 'a', sizeof letters);
    for (n = 0; n < COUNT(no_numbers); n++)
        CHECK(with_attribute(cjm_attribute_number(text("x"), no_numbers[n])) == CJM_BAD_EVENT);
    for (n = 0; n < COUNT(no_amounts); n++)
        CHECK(with_attribute(cjm_attribute_decimal(text("amount"), text(no_amounts[n]))) == CJM_BAD_EVENT);
    for (n = 0; n < COUNT(no_texts); n++) {
        CHECK(with_attribute(cjm_attribute_text(text("name"), no_texts[n])) == CJM_ARGUMENT);
        CHECK(with_attribute(cjm_attribute_decimal(text("amount"), no_texts[n])) == CJM_ARGUMENT);
        CHECK(with_attribute(cjm_attribute_integer(no_texts[n], 1)) == CJM_ARGUMENT);
    }
    for (n = 0; n < COUNT(no_kinds); n++) {
        one.kind = no_kinds[n];
        CHECK(with_attribute(one) == CJM_ARGUMENT);
    }
    one.kind = CJM_KIND_NULL;
    CHECK(with_attribute(one) == CJM_OK);
    CHECK(with_attribute(cjm_attribute_time(text("at"), INT64_MAX)) == CJM_ARGUMENT);
    CHECK(with_attribute(cjm_attribute_time(text("at"), INT64_MIN)) == CJM_ARGUMENT);
    CHECK(with_attribute(cjm_attribute_text(text("n"), text("seven"))) == CJM_BAD_EVENT); /* declared as a whole number */
    for (n = 8192; n <= 8193; n++) {
        const cjm_text is_long = {letters, n};
        CHECK(with_attribute(cjm_attribute_text(text("name"), is_long)) == (n == 8192 ? CJM_OK : CJM_LIMIT));
    }
    for (n = 0; n < 65; n++) {
        const cjm_text eighth = {letters, 8000};
        snprintf(names[n], sizeof names[n], "a%d", (int)n);
        many[n] = cjm_attribute_text(text(names[n]), eighth);
    }
    CHECK(with_attributes(many, 8) == CJM_OK);
    CHECK(with_attributes(many, 9) == CJM_LIMIT); /* more than 64 KiB in all */
    CHECK(with_attributes(many, 65) == CJM_LIMIT && with_attributes(many, SIZE_MAX) == CJM_LIMIT);
    CHECK(with_attributes(NULL, 1) == CJM_ARGUMENT && with_attributes(NULL, 0) == CJM_OK);
    CHECK(with_attributes((const cjm_attribute *)(const void *)(shifted + 1), 1) == CJM_ARGUMENT);
    for (n = 0; n < 64; n++) many[n] = cjm_attribute_integer(text(names[n]), INT64_MIN);
    CHECK(with_attributes(many, 64) == CJM_OK);
    many[63].name = many[0].name;
    CHECK(with_attributes(many, 64) == CJM_BAD_EVENT); /* one name twice */
}

/* Events that point at the same long texts: small for the caller, and never large for the library. */
static void much_of_little(void) {
    enum { N = 20000 };
    static cjm_event events[N];
    static char letters[60000];
    cjm_attribute attributes[64];
    size_t n, taken = 77;
    memset(letters, 'a', sizeof letters);
    for (n = 0; n < 64; n++) {
        attributes[n].name = (cjm_text){letters, n + 1};
        attributes[n].kind = CJM_KIND_TEXT;
        attributes[n].value.text = (cjm_text){letters, sizeof letters};
    }
    for (n = 0; n < N; n++) {
        events[n] = good_event;
        events[n].attributes = attributes;
        events[n].n_attributes = 64;
    }
    CHECK(cjm_engine_push_many(good.engine, events, N, &taken) == CJM_LIMIT && taken == 0);
    CHECK(cjm_store_push_many(good.store, events, N, &taken) == CJM_LIMIT && taken == 0);
}

/* ---- numbers ---- */

static void wrong_numbers(void) {
    static const int32_t no_outcomes[] = {0, 11, -1, INT32_MIN, INT32_MAX};
    cjm_engine engine = good.engine;
    cjm_store store = good.store;
    Wide wide = {0};
    cjm_time time;
    int32_t valid;
    char buffer[64];
    size_t n;
    for (n = 0; n < COUNT(no_outcomes); n++) {
        CHECK(cjm_engine_ack(engine, no_decision, no_outcomes[n]) == CJM_ARGUMENT);
        CHECK(cjm_engine_ack_at(engine, no_decision, no_outcomes[n], CJM_NOW) == CJM_ARGUMENT);
        CHECK(cjm_store_ack(store, no_decision, no_outcomes[n]) == CJM_ARGUMENT);
        CHECK(cjm_store_ack_at(store, no_decision, no_outcomes[n], CJM_NOW) == CJM_ARGUMENT);
    }
    for (n = 1; n <= 10; n++) {
        CHECK(cjm_engine_ack(engine, no_decision, (int32_t)n) == CJM_NOT_FOUND);
        CHECK(cjm_store_ack(store, no_decision, (int32_t)n) == CJM_NOT_FOUND);
    }
    CHECK(cjm_engine_ack_at(engine, no_decision, 1, INT64_MAX) == CJM_ARGUMENT);
    CHECK(cjm_store_ack_at(store, no_decision, 1, INT64_MIN + 1) == CJM_ARGUMENT);
    KEEPS(valid, cjm_engine_still_valid(engine, no_decision, INT64_MAX, &valid), CJM_ARGUMENT);
    KEEPS(valid, cjm_store_still_valid(store, no_decision, INT64_MAX, &valid), CJM_ARGUMENT);
    KEEPS(valid, cjm_engine_still_valid(engine, no_decision, CJM_NOW, &valid), CJM_NOT_FOUND);
    KEEPS(valid, cjm_store_still_valid(store, no_decision, CJM_NOW, &valid), CJM_NOT_FOUND);
    for (time = INT64_MIN;; time = INT64_MAX) {
        CHECK(cjm_engine_advance(engine, time) == CJM_ARGUMENT && cjm_store_advance(store, time) == CJM_ARGUMENT);
        CHECK(cjm_engine_push_at(engine, &good_event, time) == CJM_ARGUMENT);
        CHECK(cjm_store_push_at(store, &good_event, time) == CJM_ARGUMENT);
        CHECK(cjm_time_format(time, buffer, sizeof buffer) == 0 && buffer[0] == 0);
        if (time == INT64_MAX) break;
    }
    for (n = 0; n < 6; n++) {
        memset(&wide, 0, sizeof wide);
        wide.struct_size = sizeof(cjm_store_options);
        if (n == 0) wide.options.durability = 3;
        if (n == 1) wide.options.durability = -1;
        if (n == 2) wide.options.durability = CJM_DURABILITY_BATCH; /* of no milliseconds */
        if (n == 3) wide.options.has_last_sequence = 2;
        if (n == 4) wide.options.has_last_sequence = -1;
        if (n == 5) wide.options.reserved = 1;
        CHECK(open_with(&wide) == CJM_ARGUMENT);
    }
    for (n = 0; n < 256; n++) CHECK(n < 20 || n == 100 || n == 101 || cjm_status_name((int32_t)n).len == 0);
    CHECK(cjm_status_name(INT32_MIN).len == 0 && cjm_status_name(-1).len == 0 && cjm_abi_check(0) == CJM_NEWER_FORMAT);
}

/* ---- questions ---- */

static char *repeated(const char *before, const char *part, size_t n, const char *behind) {
    size_t first = strlen(before), one = strlen(part), last = strlen(behind), at;
    char *made = malloc(first + one * n + last + 1);
    CHECK(made != NULL);
    memcpy(made, before, first);
    for (at = 0; at < n; at++) memcpy(made + first + at * one, part, one);
    memcpy(made + first + n * one, behind, last + 1);
    return made;
}

static void wrong_questions(void) {
    static const char *questions[] = {
        "", " ", "null", "[]", "1", "\"check\"", "{", "{\"ask\"}", "{\"ask\": \"check\"} x", "{}", "{\"ask\": 1}",
        "{\"ask\": \"no such question\"}", "{\"ask\": \"check\", \"x\": 1}", "{\"ask\": \"check\", \"language\": \"xx\"}",
        "{\"ask\": \"check\", \"language\": 7}", "{\"ask\": \"diff\"}", "{\"ask\": \"diff\", \"blueprint\": 7}",
        "{\"ask\": \"study\", \"events\": 7}", "{\"ask\": \"study\", \"events\": {}}",
        "{\"ask\": \"study\", \"events\": [], \"identity\": \"x\"}", "{\"ask\": \"study\", \"events\": [], \"until\": \"x\"}",
        "{\"ask\": \"replay\", \"events\": [], \"until\": \"x\"}", "{\"ask\": \"study\", \"events\": [], \"events\": []}"};
    static const char *of_hosts[] = {
        "{\"ask\": \"status\", \"x\": 1}", "{\"ask\": \"customer\"}", "{\"ask\": \"customer\", \"customer\": {}}",
        "{\"ask\": \"customer\", \"customer\": \"m-1\"}", "{\"ask\": \"customer\", \"customer\": {\"member\": []}}",
        "{\"ask\": \"explain\", \"customer\": {\"member\": \"m-1\"}}", "{\"ask\": \"objection\"}", "{\"ask\": \"preview\"}",
        "{\"ask\": \"preview\", \"blueprint\": 1}", "{\"ask\": \"outbox\", \"x\": 1}",
        "{\"ask\": \"preview\", \"blueprint\": \"{cjm: 1, id: shop}\", \"edits\": {\"a\": \"b\"}}"};
    static const char *parts[] = {"[", "{\"a\":", "[[]]", "\\u0000", "\xef\xbf\xbf"};
    const uint64_t all[3] = {good.engine.raw, good.store.raw, good.blueprint.raw};
    cjm_answer out;
    size_t n, handle;
    for (handle = 0; handle < 3; handle++) {
        for (n = 0; n < COUNT(questions); n++) KEEPS(out, cjm_ask(all[handle], text(questions[n]), &out), CJM_ARGUMENT);
        for (n = 0; n < COUNT(of_hosts); n++) KEEPS(out, cjm_ask(all[handle], text(of_hosts[n]), &out), CJM_ARGUMENT);
        for (n = 0; n < COUNT(parts); n++) {
            char *deep = repeated("", parts[n], 100000, ""), *inside = repeated("{\"ask\": \"study\", \"events\": [", parts[n], 100000, "]}");
            char *quoted = repeated("{\"ask\": \"", parts[n][0] == '\\' ? parts[n] : "a", 100000, "\"}");
            KEEPS(out, cjm_ask(all[handle], text(deep), &out), CJM_ARGUMENT);
            KEEPS(out, cjm_ask(all[handle], text(inside), &out), CJM_ARGUMENT);
            KEEPS(out, cjm_ask(all[handle], text(quoted), &out), CJM_ARGUMENT);
            free(deep), free(inside), free(quoted);
        }
    }
    KEEPS(out, cjm_ask(good.engine.raw, text("{\"ask\": \"study\"}"), &out), CJM_ARGUMENT); /* no log is kept there */
    KEEPS(out, cjm_ask(good.engine.raw, text("{\"ask\": \"brief\", \"customer\": {\"member\": \"m-9\"}}"), &out), CJM_NOT_FOUND);
    KEEPS(out, cjm_ask(good.store.raw, text("{\"ask\": \"explain\", \"customer\": {\"member\": \"m-1\"}, \"rule\": \"x\"}"), &out),
          CJM_NOT_FOUND);
    KEEPS(out, cjm_ask(good.store.raw, text("{\"ask\": \"diff\", \"blueprint\": \"x: [\"}"), &out), CJM_BLUEPRINT);
    KEEPS(out, cjm_ask(good.store.raw, text("{\"ask\": \"study\", \"events\": [{\"name\": 1}]}"), &out), CJM_BAD_EVENT);
    KEEPS(out, cjm_engine_install(good.engine, good.blueprint, text("{\"x\": 1}"), &out), CJM_ARGUMENT);
    KEEPS(out, cjm_store_install(good.store, good.blueprint, text("["), &out), CJM_ARGUMENT);
}

static void wrong_lines(void) {
    static const char *lines[] = {"", "[]", "{", "{}", "7", "{\"name\": 1}", "{\"tick\": \"x\"}", "{\"ack\": 1}", "{\"retract\": 1}",
                                  "{\"answer\": \"none\"}", "{\"name\": \"cart\", \"time\": \"2026-02-30T12:00:00Z\"}"};
    static const char *parts[] = {"[", "{\"a\":", "\xe5\x91\xb3"};
    size_t n;
    CHECK(cjm_engine_push_json(good.engine, text("{\"ack\": \"x\"}")) == CJM_ARGUMENT); /* no id of a decision */
    CHECK(cjm_store_push_json(good.store, text("{\"ack\": \"x\"}")) == CJM_ARGUMENT);
    for (n = 0; n < COUNT(lines); n++) {
        CHECK(cjm_engine_push_json(good.engine, text(lines[n])) == CJM_BAD_EVENT);
        CHECK(cjm_store_push_json(good.store, text(lines[n])) == CJM_BAD_EVENT);
    }
    for (n = 0; n < COUNT(parts); n++) {
        char *deep = repeated("{\"name\": ", parts[n], 100000, "");
        cjm_status one = cjm_engine_push_json(good.engine, text(deep)), two = cjm_store_push_json(good.store, text(deep));
        CHECK(one == two && (one == CJM_BAD_EVENT || one == CJM_LIMIT));
        free(deep);
    }
}

static void wrong_snapshots(void) {
    cjm_answer answer = {0};
    cjm_engine engine;
    cjm_text whole;
    uint8_t *copy;
    size_t n;
    MUST(cjm_engine_snapshot(good.engine, &answer));
    MUST(cjm_answer_text(answer, &whole));
    copy = malloc(whole.len);
    CHECK(copy != NULL);
    for (n = 0; n < whole.len; n++) {
        memcpy(copy, whole.ptr, whole.len);
        KEEPS(engine, cjm_engine_restore(good.blueprint, copy, n, &engine), CJM_STATE);
        copy[n] ^= (uint8_t)(1 << n % 8);
        memset(&engine, 0xa5, sizeof engine);
        CHECK(cjm_engine_restore(good.blueprint, copy, whole.len, &engine) != CJM_OK && engine.raw == MARK);
    }
    free(copy);
    KEEPS(engine, cjm_engine_restore(good.blueprint, NULL, 0, &engine), CJM_STATE);
    KEEPS(engine, cjm_engine_restore(good.blueprint, NULL, 1, &engine), CJM_ARGUMENT);
    MUST(cjm_answer_free(answer));
}

/* ---- what is written to a caller's buffer ---- */

static int is_whole_utf8(const char *string) {
    const unsigned char *byte = (const unsigned char *)string;
    while (*byte) {
        int behind = *byte < 0x80 ? 0 : *byte < 0xe0 ? 1 : *byte < 0xf0 ? 2 : 3;
        for (byte++; behind > 0; behind--, byte++)
            if ((*byte & 0xc0) != 0x80) return 0;
    }
    return 1;
}

static void buffers(void) {
    char buffer[256], whole[256];
    cjm_time time;
    size_t size, n;
    KEEPS(time, cjm_time_parse(text("\xe5\x91\xb3\xe9\x81\x93 caf\xc3\xa9 \xf0\x9f\x8d\x9c"), &time), CJM_ARGUMENT);
    n = cjm_last_error(whole, sizeof whole);
    CHECK(n > 20 && n < sizeof whole && strlen(whole) == n && strstr(whole, "\xf0\x9f\x8d\x9c"));
    CHECK(cjm_last_error(NULL, 0) == n && cjm_last_error(NULL, SIZE_MAX) == n);
    for (size = 0; size < sizeof buffer; size++) {
        memset(buffer, 0xa5, sizeof buffer);
        CHECK(cjm_last_error(buffer, size) == n);
        CHECK(is_marked(buffer + size, sizeof buffer - size));
        if (size == 0) continue;
        CHECK(strlen(buffer) < size && strncmp(buffer, whole, strlen(buffer)) == 0 && is_whole_utf8(buffer));
        CHECK(strlen(buffer) + 4 >= (size - 1 < n ? size - 1 : n)); /* no more was cut than a character */
    }
    for (size = 0; size < 30; size++) {
        memset(buffer, 0xa5, sizeof buffer);
        CHECK(cjm_time_format(0, buffer, size) == 20 && is_marked(buffer + size, sizeof buffer - size));
    }
    CHECK(cjm_time_format(0, NULL, SIZE_MAX) == 20);
    CHECK(cjm_last_error_json(NULL, 0) > n);
}

int main(int argc, char **argv) {
    static const cjm_identity who = {{"member", 6}, {"m-1", 3}};
    CHECK(argc == 2);
    CHECK(cjm_last_error(NULL, 0) == 0 && cjm_last_error_json(NULL, 0) == 0); /* no call failed yet */
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere.db", argv[1]);
    good = world(argv[1], "good.db");
    good_event = cart("e1", &who);
    wrong_handles(argv[1]);
    used_again();
    wrong_texts();
    wrong_paths(argv[1]);
    nowhere_to_write();
    first_sizes(argv[1]);
    wrong_sizes();
    many_of_another_size();
    impossible_counts();
    wrong_events();
    wrong_attributes();
    much_of_little();
    wrong_numbers();
    wrong_questions();
    wrong_lines();
    wrong_snapshots();
    buffers();
    end(&good);
    puts("ok");
    return 0;
}
