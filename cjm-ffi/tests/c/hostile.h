/* What a hostile caller has at hand: texts that are none, handles of every type, and every call by its handle.
   Answers: the arguments that every call must refuse. Does not know: with which status. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "check.h"

/* What an out-parameter holds before a call that must not write to it. */
#define MARK UINT64_C(0xa5a5a5a5a5a5a5a5)
/* A call that must give a status and leave an out-parameter as it was. */
#define KEEPS(out, call, status)                                                                     \
    do {                                                                                             \
        memset(&(out), 0xa5, sizeof(out));                                                           \
        CHECK((call) == (status));                                                                   \
        CHECK(is_marked(&(out), sizeof(out)));                                                       \
    } while (0)
#define COUNT(array) (sizeof(array) / sizeof *(array))

static inline int is_marked(const void *bytes, size_t n) {
    const unsigned char *byte = bytes;
    while (n > 0)
        if (byte[--n] != 0xa5) return 0;
    return 1;
}

/* Texts that are none: each is CJM_ARGUMENT, wherever it is handed in. */
static const cjm_text no_texts[] = {
    {NULL, 1},       {NULL, SIZE_MAX}, {"x", SIZE_MAX}, {"x", SIZE_MAX / 2 + 1}, {"\xff\xfe", 2},
    {"\xe5\x91", 2}, {"\xc0\x80", 2},  {"\xed\xa0\x80", 3}, {"ok\x80", 3},       {"\xf4\x90\x80\x80", 4},
};

/* What every call works on, each of another type. */
typedef struct {
    cjm_blueprint blueprint;
    cjm_engine engine;
    cjm_store store;
    cjm_answer answer;
    char path[512];
} World;

static inline cjm_event cart(const char *id, const cjm_identity *who) {
    cjm_event event = {0};
    event.struct_size = sizeof event;
    event.name = text("cart");
    event.time = at("2026-03-01T12:00:00Z");
    event.source = text("till");
    event.id = text(id);
    event.identities = who;
    event.n_identities = 1;
    return event;
}

static inline World world(const char *folder, const char *name) {
    World made = {0};
    cjm_identity who = {text("member"), text("m-1")};
    cjm_event event = cart("e1", &who);
    snprintf(made.path, sizeof made.path, "%s/%s", folder, name);
    made.blueprint = shop();
    MUST(cjm_engine_new(made.blueprint, &made.engine));
    MUST(cjm_store_open(text(made.path), made.blueprint, &made.store));
    MUST(cjm_ask(made.blueprint.raw, text("{\"ask\": \"blueprint\"}"), &made.answer));
    MUST(cjm_engine_push(made.engine, &event));
    MUST(cjm_store_push(made.store, &event));
    return made;
}

static inline void end(World *made) {
    MUST(cjm_answer_free(made->answer));
    MUST(cjm_engine_free(made->engine));
    MUST(cjm_store_close(made->store));
    MUST(cjm_blueprint_free(made->blueprint));
}

#endif
