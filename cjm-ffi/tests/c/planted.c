/* Mistakes of a caller, made on purpose: ./planted read | leak | race
   Answers: whether a sanitizer sees what the library does with a caller's memory; it must end the program badly. Does not
   know: mistakes of the library. */
#include "check.h"

#include <pthread.h>

static char shared[4] = "cart";

static cjm_event of(const char *name, size_t len, const cjm_identity *who) {
    cjm_event event = {0};
    event.struct_size = sizeof event;
    event.name.ptr = name;
    event.name.len = len;
    event.time = at("2026-03-01T12:00:00Z");
    event.identities = who;
    event.n_identities = 1;
    return event;
}

static void *write_meanwhile(void *nothing) {
    int n;
    for (n = 0; n < 1000; n++) shared[0] = n % 2 ? 'c' : 'C';
    return nothing;
}

int main(int argc, char **argv) {
    cjm_identity who = {text("member"), text("m-1")};
    cjm_blueprint blueprint = shop();
    cjm_engine engine = {0};
    cjm_event event;
    CHECK(argc == 2);
    MUST(cjm_engine_new(blueprint, &engine));
    if (strcmp(argv[1], "read") == 0) {
        char *name = malloc(4);
        CHECK(name != NULL);
        memcpy(name, "cart", 4);
        event = of(name, 5, &who); /* a byte more than there is */
        cjm_engine_push(engine, &event);
        free(name);
    } else if (strcmp(argv[1], "race") == 0) {
        pthread_t other;
        int n;
        event = of(shared, 4, &who);
        CHECK(pthread_create(&other, NULL, write_meanwhile, NULL) == 0);
        for (n = 0; n < 1000; n++) cjm_engine_push(engine, &event);
        CHECK(pthread_join(other, NULL) == 0);
    } else {
        int n;
        /* many: the last may still lie where an answer was handed back */
        for (n = 0; n < 100; n++) {
            char *volatile lost = malloc(7);
            CHECK(lost != NULL);
            lost = NULL;
        }
    }
    MUST(cjm_engine_free(engine));
    MUST(cjm_blueprint_free(blueprint));
    puts("ok");
    return 0;
}
