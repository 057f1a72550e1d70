/* The C side of the bench of stores: events of a file pushed through the C ABI.

   ./push BLUEPRINT EVENTS HOW [STORE]   prints the seconds that the pushes took and how many decisions wait
   ./push BLUEPRINT - idle STORE         prints how much memory is resident with a store and an engine open, in KiB

   EVENTS has a line for each event: id,customer,name,microseconds. HOW is each, many or json (an engine in memory) or
   store (in bulk into STORE). Reading the file and making the structs is not timed, as the Rust side has its events
   ready too; what a push makes of a struct is.
   Answers: what the border costs. Does not know: the same in Rust. */
#define _POSIX_C_SOURCE 199309L
#include <cjm/cjm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void must(cjm_status status) {
    if (status != CJM_OK) {
        char text[512];
        cjm_last_error(text, sizeof text);
        fprintf(stderr, "cjm %d: %s\n", (int)status, text);
        exit(1);
    }
}

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

static char *whole(const char *path) {
    FILE *file = fopen(path, "rb");
    long size;
    char *text;
    if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET)) exit(2);
    text = malloc((size_t)size + 1);
    if (!text || fread(text, 1, (size_t)size, file) != (size_t)size) exit(2);
    text[size] = 0;
    fclose(file);
    return text;
}

static cjm_text piece(char **from, char end) {
    char *first = *from, *last = strchr(first, end);
    cjm_text text = {first, 0};
    if (!last) exit(2);
    text.len = (size_t)(last - first);
    *last = 0;
    *from = last + 1;
    return text;
}

static int resident_kib(void) {
    char line[256];
    int kib = -1;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "VmRSS: %d kB", &kib) == 1) break;
    if (file) fclose(file);
    return kib;
}

int main(int argc, char **argv) {
    cjm_blueprint blueprint = {0};
    cjm_engine engine = {0};
    cjm_store store = {0};
    cjm_event *events;
    cjm_identity *who;
    char *text, *next, **lines = NULL;
    size_t n = 0, at, taken = 0, waiting = 0;
    double start;
    cjm_decision decision;
    if (argc < 4) return 2;
    must(cjm_blueprint_load_file(cjm_text_of(argv[1]), &blueprint));
    must(cjm_engine_new(blueprint, &engine));
    if (argc > 4) must(cjm_store_open(cjm_text_of(argv[4]), blueprint, &store));
    if (!strcmp(argv[3], "idle")) {
        printf("%d\n", resident_kib());
        return 0;
    }
    text = whole(argv[2]);
    for (next = text; *next; next++) n += *next == '\n';
    events = calloc(n, sizeof *events);
    who = calloc(n, sizeof *who);
    if (!events || !who) return 2;
    for (at = 0, next = text; at < n; at++) {
        cjm_event *event = &events[at];
        event->struct_size = sizeof *event;
        event->source = cjm_text_of("log");
        event->id = piece(&next, ',');
        who[at].kind = cjm_text_of("customer");
        who[at].value = piece(&next, ',');
        event->identities = &who[at];
        event->n_identities = 1;
        event->name = piece(&next, ',');
        event->time = strtoll(piece(&next, '\n').ptr, NULL, 10);
    }
    if (!strcmp(argv[3], "json")) {
        char instant[40];
        lines = calloc(n, sizeof *lines);
        for (at = 0; at < n; at++) {
            cjm_time_format(events[at].time, instant, sizeof instant);
            lines[at] = malloc(256);
            snprintf(lines[at], 256, "{\"name\":\"%s\",\"time\":\"%s\",\"source\":\"log\",\"id\":\"%s\",\"identities\":{\"customer\":\"%s\"}}",
                     events[at].name.ptr, instant, events[at].id.ptr, who[at].value.ptr);
        }
    }
    start = now();
    if (!strcmp(argv[3], "each"))
        for (at = 0; at < n; at++) must(cjm_engine_push(engine, &events[at]));
    else if (!strcmp(argv[3], "many"))
        must(cjm_engine_push_many(engine, events, n, &taken));
    else if (!strcmp(argv[3], "json"))
        for (at = 0; at < n; at++) must(cjm_engine_push_json(engine, cjm_text_of(lines[at])));
    else if (!strcmp(argv[3], "store"))
        must(cjm_store_push_many(store, events, n, &taken));
    else
        return 2;
    start = now() - start;
    decision.struct_size = sizeof decision;
    if (argc > 4)
        while (cjm_store_next_decision(store, &decision) == CJM_ROW) waiting++;
    else
        while (cjm_engine_next_decision(engine, &decision) == CJM_ROW) waiting++;
    printf("%.6f %zu\n", start, waiting);
    return 0;
}
