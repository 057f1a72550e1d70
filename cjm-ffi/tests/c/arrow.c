/* Tables over the Arrow C Data Interface, made by hand: ./arrow FOLDER
   Answers: whether rows of good tables become events, and bad tables errors, with every array released exactly once.
   Does not know: other producers; those in Python are tested with the wheel. */
#include "check.h"

struct ArrowSchema {
    const char *format, *name, *metadata;
    int64_t flags, n_children;
    struct ArrowSchema **children, *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length, null_count, offset, n_buffers, n_children;
    const void **buffers;
    struct ArrowArray **children, *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

enum { ROWS = 3, COLUMNS = 4 };

static int32_t who_ends[ROWS + 1] = {0, 2, 4, 6}, what_ends[ROWS + 1] = {0, 4, 8, 12};
static char who[] = "m1m2m1", what[] = "cartcartpaid";
static int64_t when[ROWS], number[ROWS] = {1, 2, 3};
static const void *buffers[COLUMNS][3], *top_buffers[1];
static struct ArrowSchema schema, fields[COLUMNS], *field_list[COLUMNS];
static struct ArrowArray array, columns[COLUMNS], *column_list[COLUMNS];
static int released;

static void release_schema(struct ArrowSchema *one) { one->release = NULL; }

static void release_column(struct ArrowArray *one) { one->release = NULL; }

static void release(struct ArrowArray *one) {
    int n;
    for (n = 0; n < COLUMNS; n++)
        if (columns[n].release) columns[n].release(&columns[n]);
    released++;
    one->release = NULL;
}

static void table(void) {
    static const char *formats[COLUMNS] = {"u", "u", "tsu:UTC", "l"}, *names[COLUMNS] = {"who", "what", "when", "n"};
    const void *data[COLUMNS][2] = {{who_ends, who}, {what_ends, what}, {when, NULL}, {number, NULL}};
    int n;
    memset(fields, 0, sizeof fields);
    memset(columns, 0, sizeof columns);
    memset(&schema, 0, sizeof schema);
    memset(&array, 0, sizeof array);
    who_ends[0] = 0, who_ends[1] = 2, who_ends[2] = 4, who_ends[3] = 6;
    for (n = 0; n < ROWS; n++) when[n] = at("2026-03-01T12:00:00Z") + n * 60000000LL;
    for (n = 0; n < COLUMNS; n++) {
        fields[n].format = formats[n];
        fields[n].name = names[n];
        fields[n].flags = 2;
        fields[n].release = release_schema;
        field_list[n] = &fields[n];
        buffers[n][1] = data[n][0];
        buffers[n][2] = data[n][1];
        columns[n].length = ROWS;
        columns[n].n_buffers = data[n][1] ? 3 : 2;
        columns[n].buffers = buffers[n];
        columns[n].release = release_column;
        column_list[n] = &columns[n];
    }
    schema.format = "+s";
    schema.name = "";
    schema.n_children = COLUMNS;
    schema.children = field_list;
    schema.release = release_schema;
    array.length = ROWS;
    array.n_buffers = 1;
    array.buffers = top_buffers;
    array.n_children = COLUMNS;
    array.children = column_list;
    array.release = release;
    released = 0;
}

#define MAPPING "{\"customer\": \"who\", \"event\": \"what\", \"time\": \"when\"}"

/* Pushes the table as it is: the status; the array must have been released, or still be the caller's. */
static cjm_status push(cjm_engine engine) {
    size_t taken = 0;
    cjm_status status = cjm_engine_push_arrow(engine, &schema, &array, text(MAPPING), &taken);
    CHECK(released == (array.release == NULL));
    CHECK((status == CJM_OK) == (taken == ROWS));
    return status;
}

static void hostile(cjm_engine engine) {
    struct ArrowSchema deep[80], *deep_list[80];
    int n;
    size_t taken;
    table();
    MUST(push(engine));
    CHECK(push(engine) == CJM_ARGUMENT); /* a table that was released is handed in again */
    CHECK(cjm_engine_push_arrow(engine, NULL, &array, text(MAPPING), &taken) == CJM_ARGUMENT);
    CHECK(cjm_engine_push_arrow(engine, &schema, NULL, text(MAPPING), &taken) == CJM_ARGUMENT);
    table();
    CHECK(cjm_engine_push_arrow(engine, &schema, &array, text("{\"custmer\": \"who\"}"), &taken) == CJM_ARGUMENT);
    CHECK(array.release != NULL);
    table(), array.n_children = 3;
    CHECK(push(engine) == CJM_FORMAT);
    table(), array.children = NULL;
    CHECK(push(engine) == CJM_FORMAT);
    table(), column_list[1] = NULL;
    CHECK(push(engine) == CJM_FORMAT);
    table(), columns[0].length = -1;
    CHECK(push(engine) == CJM_FORMAT);
    table(), columns[0].length = 2; /* shorter than the table */
    CHECK(push(engine) == CJM_FORMAT);
    table(), columns[0].offset = INT64_MAX;
    CHECK(push(engine) == CJM_FORMAT);
    table(), columns[0].n_buffers = 1;
    CHECK(push(engine) == CJM_FORMAT);
    table(), buffers[0][1] = NULL;
    CHECK(push(engine) == CJM_FORMAT);
    table(), columns[3].buffers = NULL;
    CHECK(push(engine) == CJM_FORMAT);
    table(), who_ends[3] = -6;
    CHECK(push(engine) == CJM_FORMAT);
    table(), who_ends[1] = 5, who_ends[2] = 3; /* back again */
    CHECK(push(engine) == CJM_FORMAT);
    table(), fields[0].format = "no such type";
    CHECK(push(engine) == CJM_FORMAT);
    table(), fields[0].format = NULL;
    CHECK(push(engine) == CJM_FORMAT);
    table(), fields[0].name = "\xff";
    CHECK(push(engine) == CJM_FORMAT);
    table(), who[0] = '\xff';
    CHECK(push(engine) == CJM_FORMAT);
    who[0] = 'm';
    table(), schema.format = "l";
    CHECK(push(engine) == CJM_FORMAT);
    table(), array.null_count = 1, top_buffers[0] = "\x03"; /* a row that is null as a whole */
    CHECK(push(engine) == CJM_FORMAT);
    top_buffers[0] = NULL;
    table();
    memset(deep, 0, sizeof deep);
    for (n = 0; n < 80; n++) {
        deep[n].format = "+l";
        deep[n].name = "deep";
        deep[n].release = release_schema;
        deep[n].n_children = n < 79;
        deep_list[n] = &deep[(n + 1) % 80];
        deep[n].children = &deep_list[n];
    }
    field_list[0] = &deep[0];
    CHECK(push(engine) != CJM_OK);
    /* no rows are no error */
    table(), array.length = 0;
    for (n = 0; n < COLUMNS; n++) columns[n].length = 0;
    MUST(cjm_engine_push_arrow(engine, &schema, &array, text(MAPPING), &taken));
    CHECK(taken == 0 && released == 1);
}

int main(int argc, char **argv) {
    cjm_blueprint blueprint = shop();
    cjm_engine engine = {0};
    cjm_store store = {0};
    char path[512];
    size_t taken = 0;
    cjm_time due;
    CHECK(argc == 2);
    MUST(cjm_engine_new(blueprint, &engine));
    table();
    MUST(push(engine));
    CHECK(cjm_engine_next_due(engine, &due) == CJM_ROW && due == at("2026-03-01T12:31:00Z")); /* m1 has paid */
    CHECK(answers(engine.raw, "{\"ask\": \"customer\", \"customer\": {\"member\": \"m2\"}}", "\"m2\""));
    MUST(cjm_engine_free(engine));
    MUST(cjm_engine_new(blueprint, &engine));
    hostile(engine);
    MUST(cjm_engine_free(engine));
    snprintf(path, sizeof path, "%s/arrow.db", argv[1]);
    MUST(cjm_store_open(text(path), blueprint, &store));
    table();
    MUST(cjm_store_push_arrow(store, &schema, &array, text(MAPPING), &taken));
    CHECK(taken == ROWS && released == 1);
    MUST(cjm_store_close(store));
    table(), who_ends[3] = 6;
    CHECK(cjm_store_push_arrow(store, &schema, &array, text(MAPPING), NULL) == CJM_BAD_HANDLE);
    CHECK(released == 1);
    MUST(cjm_blueprint_free(blueprint));
    puts("ok");
    return 0;
}
