/* A till in C99. A guest agrees to be written to, then cancels an order; five minutes later a coupon is due. It is handed
 * over until it is acknowledged, and never again after that, whatever is sent twice and however often the till restarts.
 *
 *     cargo xtask install --prefix /usr/local        once, from the top of the project
 *     make -C examples/c && examples/c/till examples/blueprints/restaurant.yaml till.db
 *
 * The file is to be new: what is expected of it stands in examples/expected/till.txt, for C++, Rust and Python too. */
#include <cjm/cjm.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static const char CONSENT[] =
    "{\"id\":\"e0\",\"source\":\"till-1\",\"name\":\"consent_changed\",\"time\":\"2026-03-01T10:00:00+08:00\","
    "\"identities\":{\"member\":\"m-1\"},\"attributes\":{\"channel\":\"wechat\",\"purpose\":\"marketing\",\"granted\":true}}";
static const char CANCELLED[] =
    "{\"id\":\"e1\",\"source\":\"till-1\",\"name\":\"order_cancelled\",\"time\":\"2026-03-02T12:00:00+08:00\","
    "\"identities\":{\"member\":\"m-1\"},\"attributes\":{\"order_id\":\"o-2\",\"reason\":\"too_slow\"}}";
/* the same id with another body */
static const char CONTRADICTING[] =
    "{\"id\":\"e1\",\"source\":\"till-1\",\"name\":\"order_cancelled\",\"time\":\"2026-03-02T12:00:00+08:00\","
    "\"identities\":{\"member\":\"m-1\"},\"attributes\":{\"order_id\":\"o-2\",\"reason\":\"other\"}}";

/* Ends the program when a call failed. */
static void must(cjm_status status) {
    char words[512];
    if (status == CJM_OK) return;
    cjm_last_error(words, sizeof words);
    fprintf(stderr, "till: %s\n", words);
    exit(1);
}

static cjm_store open_store(const char *path, cjm_blueprint blueprint) {
    cjm_store store;
    must(cjm_store_open(cjm_text_of(path), blueprint, &store));
    return store;
}

/* What happened until six minutes after noon. */
static void happen(cjm_store store) {
    cjm_time now;
    must(cjm_store_push_json(store, cjm_text_of(CONSENT)));
    must(cjm_store_push_json(store, cjm_text_of(CANCELLED)));
    must(cjm_time_parse(cjm_text_of("2026-03-02T12:06:00+08:00"), &now));
    must(cjm_store_advance(store, now));
}

static void print_text(cjm_text text) {
    fwrite(text.ptr, 1, text.len, stdout);
}

/* One decision on two lines: in words, and whole. */
static void print_decision(const cjm_decision *decision) {
    char due[40];
    cjm_time_format(decision->due, due, sizeof due);
    const cjm_text words[] = {decision->rule, decision->action, decision->target, cjm_text_of("to"),
                              decision->customer_kind, decision->customer, cjm_text_of("by"), decision->channel};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        print_text(words[i]);
        putchar(' ');
    }
    printf("due %s\n", due);
    print_text(decision->json);
    putchar('\n');
}

/* One pass over the outbox. */
static void hand_over(cjm_store store, bool acknowledge) {
    cjm_decision decision; /* its texts live until the next one is asked for */
    cjm_status status;
    bool any = false;
    decision.struct_size = sizeof decision;
    while ((status = cjm_store_next_decision(store, &decision)) == CJM_ROW) {
        any = true;
        print_decision(&decision);
        if (acknowledge) {
            must(cjm_store_ack(store, decision.id, CJM_OUTCOME_DELIVERED));
            puts("acknowledged");
        }
    }
    if (status != CJM_DONE) must(status);
    if (!any) puts("nothing");
}

int main(int argc, char **argv) {
    cjm_blueprint blueprint;
    cjm_store store;
    if (argc != 3) {
        fputs("till BLUEPRINT FILE\n", stderr);
        return 2;
    }
    must(cjm_abi_check(CJM_ABI_VERSION));
    must(cjm_blueprint_load_file(cjm_text_of(argv[1]), &blueprint));

    puts("# a cancelled order, six minutes later");
    store = open_store(argv[2], blueprint);
    happen(store);
    hand_over(store, false);
    must(cjm_store_close(store));

    puts("# the till starts again: what was not acknowledged comes again");
    store = open_store(argv[2], blueprint);
    hand_over(store, true);

    puts("# the same events again");
    happen(store);
    hand_over(store, true);

    puts("# one of them with another body");
    print_text(cjm_status_name(cjm_store_push_json(store, cjm_text_of(CONTRADICTING))));
    putchar('\n');
    must(cjm_store_close(store));

    puts("# the till starts again");
    store = open_store(argv[2], blueprint);
    hand_over(store, true);
    must(cjm_store_close(store));
    must(cjm_blueprint_free(blueprint));
    return 0;
}
