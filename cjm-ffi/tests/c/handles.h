/* Every call that takes a handle, as a function of that handle alone: all other arguments are good.
   Answers: what a call says to a handle. Does not know: what the handle is. */
#ifndef HANDLES_H
#define HANDLES_H

#include "hostile.h"

/* Set by whoever uses the calls below. */
static World good;
static cjm_event good_event;
static char elsewhere[512];

#define JSON_EVENT "{\"name\": \"paid\", \"time\": \"2026-03-01T12:00:00Z\", \"identities\": {\"member\": \"m-2\"}}"
#define ANSWER(name) static cjm_status name(uint64_t raw)
#define WITH(type) const type it = {raw}

ANSWER(answer_text) { WITH(cjm_answer); cjm_text out; return cjm_answer_text(it, &out); }
ANSWER(answer_free) { WITH(cjm_answer); return cjm_answer_free(it); }

ANSWER(blueprint_free) { WITH(cjm_blueprint); return cjm_blueprint_free(it); }
ANSWER(engine_new) { WITH(cjm_blueprint); cjm_engine out; return cjm_engine_new(it, &out); }
ANSWER(engine_restore) {
    WITH(cjm_blueprint);
    cjm_engine out;
    return cjm_engine_restore(it, (const uint8_t *)"x", 1, &out);
}
ANSWER(store_open) { WITH(cjm_blueprint); cjm_store out; return cjm_store_open(text(elsewhere), it, &out); }
ANSWER(store_open_with) {
    WITH(cjm_blueprint);
    cjm_store out;
    cjm_store_options options = {0};
    options.struct_size = sizeof options;
    return cjm_store_open_with(text(elsewhere), it, &options, &out);
}
ANSWER(engine_install_blueprint) {
    WITH(cjm_blueprint);
    cjm_answer out;
    return cjm_engine_install(good.engine, it, text(""), &out);
}
ANSWER(store_install_blueprint) {
    WITH(cjm_blueprint);
    cjm_answer out;
    return cjm_store_install(good.store, it, text(""), &out);
}

static const cjm_id no_decision = {{1, 2, 3}};
/* The calls that engines and stores have in common. */
#define BOTH(kind)                                                                                              \
    ANSWER(kind##_push) { WITH(cjm_##kind); return cjm_##kind##_push(it, &good_event); }                        \
    ANSWER(kind##_push_at) { WITH(cjm_##kind); return cjm_##kind##_push_at(it, &good_event, good_event.time); } \
    ANSWER(kind##_push_many) {                                                                                  \
        WITH(cjm_##kind);                                                                                       \
        size_t taken = 77;                                                                                      \
        cjm_status status = cjm_##kind##_push_many(it, &good_event, 1, &taken);                                 \
        CHECK(taken == (status == CJM_OK)); /* it counts in any case */                                         \
        return status;                                                                                          \
    }                                                                                                           \
    ANSWER(kind##_push_json) { WITH(cjm_##kind); return cjm_##kind##_push_json(it, text(JSON_EVENT)); }         \
    ANSWER(kind##_advance) { WITH(cjm_##kind); return cjm_##kind##_advance(it, good_event.time); }              \
    ANSWER(kind##_next_due) { WITH(cjm_##kind); cjm_time out; return cjm_##kind##_next_due(it, &out); }         \
    ANSWER(kind##_next_decision) {                                                                              \
        WITH(cjm_##kind);                                                                                       \
        cjm_decision out = {0};                                                                                 \
        out.struct_size = sizeof out;                                                                           \
        return cjm_##kind##_next_decision(it, &out);                                                            \
    }                                                                                                           \
    ANSWER(kind##_ack) { WITH(cjm_##kind); return cjm_##kind##_ack(it, no_decision, CJM_OUTCOME_SENT); }        \
    ANSWER(kind##_ack_at) { WITH(cjm_##kind); return cjm_##kind##_ack_at(it, no_decision, 1, CJM_NOW); }        \
    ANSWER(kind##_still_valid) {                                                                                \
        WITH(cjm_##kind);                                                                                       \
        int32_t out;                                                                                            \
        return cjm_##kind##_still_valid(it, no_decision, CJM_NOW, &out);                                        \
    }                                                                                                           \
    ANSWER(kind##_retract) {                                                                                    \
        WITH(cjm_##kind);                                                                                       \
        return cjm_##kind##_retract(it, text("member"), text("m-9"), text("till"), text("e9"));                 \
    }                                                                                                           \
    ANSWER(kind##_install) {                                                                                    \
        WITH(cjm_##kind);                                                                                       \
        cjm_answer out;                                                                                         \
        return cjm_##kind##_install(it, good.blueprint, text(""), &out);                                        \
    }
BOTH(engine)
BOTH(store)
ANSWER(engine_free) { WITH(cjm_engine); return cjm_engine_free(it); }
ANSWER(engine_snapshot) { WITH(cjm_engine); cjm_answer out; return cjm_engine_snapshot(it, &out); }
ANSWER(engine_erase) { WITH(cjm_engine); return cjm_engine_erase(it, text("member"), text("m-9")); }
ANSWER(store_close) { WITH(cjm_store); return cjm_store_close(it); }
ANSWER(store_erase) { WITH(cjm_store); cjm_answer out; return cjm_store_erase(it, text("member"), text("m-9"), &out); }
ANSWER(store_export) { WITH(cjm_store); cjm_answer out; return cjm_store_export(it, text("member"), text("m-9"), &out); }
ANSWER(store_backup) { WITH(cjm_store); return cjm_store_backup(it, text(elsewhere)); }
ANSWER(store_restored_backup) { WITH(cjm_store); int32_t out; return cjm_store_restored_backup(it, &out); }
ANSWER(store_caught_up) { WITH(cjm_store); return cjm_store_caught_up(it); }
ANSWER(store_flush) { WITH(cjm_store); return cjm_store_flush(it); }

typedef struct {
    const char *name;
    cjm_status (*call)(uint64_t raw);
} Call;
#define CALL(name) {#name, name}
#define CALLS_OF(kind)                                                                                         \
    CALL(kind##_push), CALL(kind##_push_at), CALL(kind##_push_many), CALL(kind##_push_json), CALL(kind##_advance),  \
        CALL(kind##_next_due), CALL(kind##_next_decision), CALL(kind##_ack), CALL(kind##_ack_at),              \
        CALL(kind##_still_valid), CALL(kind##_retract), CALL(kind##_install)

static const Call of_answers[] = {CALL(answer_text), CALL(answer_free)};
static const Call of_blueprints[] = {CALL(blueprint_free), CALL(engine_new), CALL(engine_restore), CALL(store_open),
                                     CALL(store_open_with), CALL(engine_install_blueprint), CALL(store_install_blueprint)};
static const Call of_engines[] = {CALLS_OF(engine), CALL(engine_free), CALL(engine_snapshot), CALL(engine_erase)};
static const Call of_stores[] = {CALLS_OF(store), CALL(store_close), CALL(store_erase), CALL(store_export),
                                 CALL(store_backup), CALL(store_restored_backup), CALL(store_caught_up), CALL(store_flush)};

#endif
