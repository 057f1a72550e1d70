/* What the programs of these tests share: checks that say where they failed, and a blueprint.
   Answers: whether something holds. Does not know: what is tested. */
#ifndef CHECK_H
#define CHECK_H

#include <cjm/cjm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(what)                                                                                  \
    do {                                                                                             \
        if (!(what)) {                                                                               \
            char words[1024];                                                                        \
            cjm_last_error(words, sizeof words);                                                     \
            fprintf(stderr, "%s:%d: %s\nthe last error: %s\n", __FILE__, __LINE__, #what, words);    \
            exit(1);                                                                                 \
        }                                                                                            \
    } while (0)
#define MUST(call) CHECK((call) == CJM_OK)

#define SHOP                                                                                         \
    "cjm: 1\n"                                                                                       \
    "id: shop\n"                                                                                     \
    "zone: UTC\n"                                                                                    \
    "identities: [{ id: member }]\n"                                                                 \
    "events: { cart: { n: int, amount: money, name: text, at: time, ok: bool, x: number }, paid: {} }\n" \
    "surveys: [{ id: nps, questions: [{ id: score, kind: nps }] }]\n"                                \
    "rules:\n"                                                                                       \
    "  - { id: forgot, when: { after: cart, without: paid, for: 30m }, do: [{ call: remind, with: { n: event.n } }] }\n"

static inline cjm_text text(const char *string) { return cjm_text_of(string); }

static inline cjm_time at(const char *written) {
    cjm_time time;
    MUST(cjm_time_parse(text(written), &time));
    return time;
}

static inline int same(cjm_text got, const char *wanted) {
    return got.len == strlen(wanted) && memcmp(got.ptr, wanted, got.len) == 0;
}

static inline cjm_blueprint shop(void) {
    cjm_blueprint blueprint = {0};
    MUST(cjm_blueprint_parse(text(SHOP), &blueprint));
    return blueprint;
}

/* Asks, and looks whether the answer has a text in it. */
static inline int answers(uint64_t handle, const char *question, const char *part) {
    cjm_answer answer = {0};
    cjm_text whole;
    char *copy;
    int found;
    MUST(cjm_ask(handle, text(question), &answer));
    MUST(cjm_answer_text(answer, &whole));
    copy = malloc(whole.len + 1);
    CHECK(copy != NULL);
    memcpy(copy, whole.ptr, whole.len);
    copy[whole.len] = 0;
    found = strstr(copy, part) != NULL;
    if (!found) fprintf(stderr, "%s\nanswered: %s\n", question, copy);
    free(copy);
    MUST(cjm_answer_free(answer));
    return found;
}

#endif
