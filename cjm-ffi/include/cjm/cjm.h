/* cjm: an embeddable customer-journey engine. Made by `cargo xtask regen`; do not edit.
 *
 * A program loads a blueprint, opens a store in a file (or makes an engine in memory), pushes what happens to its
 * customers, lets time pass, and takes the decisions that come of it:
 *
 *     cjm_blueprint blueprint = {0};
 *     cjm_store store = {0};
 *     cjm_blueprint_load_file(cjm_text_of("restaurant.yaml"), &blueprint);
 *     cjm_store_open(cjm_text_of("till.db"), blueprint, &store);
 *     cjm_blueprint_free(blueprint);
 *     cjm_store_push_json(store, cjm_text_of("{"name": "order_cancelled", ...}"));
 *     cjm_store_advance(store, now);
 *     cjm_decision decision = { sizeof decision };
 *     while (cjm_store_next_decision(store, &decision) == CJM_ROW)
 *         cjm_store_ack(store, decision.id, send(&decision) ? CJM_OUTCOME_SENT : CJM_OUTCOME_FAILED);
 *     cjm_store_close(store);
 *
 * Status. Every call that can fail gives a cjm_status: 0 for success, 100 and 101 for rows, below 100 an error. What
 * a call came to goes to its out-parameters, which are written only where the status is CJM_OK or CJM_ROW (but for
 * `taken`, which counts in any case). A call that errs changed nothing, unless it says otherwise, as those do that take in
 * many things, open, close or erase.
 *
 * Errors. cjm_last_error has the words of the last call of this thread that failed, cjm_last_error_json also where in a
 * blueprint or a question it went wrong.
 *
 * Text. All text is UTF-8 as pointer and length, paths too; nothing need end with a zero. Text that goes in is read
 * before the call returns. Text that comes out is the library's: the call says how long it lives.
 *
 * Structs that go in or are filled begin with `struct_size`: set it to sizeof the struct, and zero the rest. A program
 * that was compiled against an older header goes on working with a newer library.
 *
 * Handles are checked numbers. One that was closed, is of another type or was made up is CJM_BAD_HANDLE. What is made
 * must be freed or closed once; what is opened with a blueprint keeps its own copy of it.
 *
 * Threads. Any thread may use a handle, one at a time: another one gets CJM_BUSY at once, and nothing happened. An answer
 * may be read by several at once. Different handles are independent of each other. After fork(), a child can only close
 * the stores that its parent has open, which leaves them as they are; it must not be forked while another thread is in a
 * call.
 *
 * Time is an argument: the library looks at no clock. It needs no network, writes nothing but the files it is told
 * to, and has no settings outside of its arguments.
 *
 * Faults. Should the library itself fail, the call gives CJM_INTERNAL, and the handle nothing else from then on but its
 * end; other handles go on. A store's file then has all that was done before, and of the call that failed nothing, or what
 * the call may leave behind when it errs: of many events those that `taken` counts. */

#ifndef CJM_H
#define CJM_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

/* Tables over the Arrow C Data Interface; whoever makes them has the definitions. */
struct ArrowSchema;
struct ArrowArray;

/* The version of the border: what was compiled against another one must not be used with this library. */
#define CJM_ABI_VERSION 1

/* How a call ended. Below 100 are errors, by the one table of errors; numbers are never reused. */
typedef enum {
  /* It did what was asked. */
  CJM_OK = 0,
  /* The blueprint has errors. */
  CJM_BLUEPRINT = 1,
  /* A condition could not be read, checked or evaluated. */
  CJM_CONDITION = 2,
  /* An event does not fit the format or its declared types. */
  CJM_BAD_EVENT = 3,
  /* An event with this source and id was seen with another body. */
  CJM_CONFLICT = 4,
  /* Too much is waiting; take the results first. */
  CJM_BACKPRESSURE = 5,
  /* The event is later than now allows. */
  CJM_FUTURE = 6,
  /* The event is no longer remembered. */
  CJM_TOO_OLD = 7,
  /* The bytes are no state of this engine, or were damaged. */
  CJM_STATE = 8,
  /* The bytes are of a newer format than this library reads. */
  CJM_NEWER_FORMAT = 9,
  /* A limit was reached. */
  CJM_LIMIT = 10,
  /* A number left its range. */
  CJM_OVERFLOW = 11,
  /* There is nothing of that name. */
  CJM_NOT_FOUND = 12,
  /* A file or stream could not be read or written. */
  CJM_IO = 13,
  /* The file is not of the format it claims. */
  CJM_FORMAT = 14,
  /* An argument is missing, contradicts another or makes no sense. */
  CJM_ARGUMENT = 15,
  /* The library itself is at fault: please report what led to it. */
  CJM_INTERNAL = 16,
  /* The store is open elsewhere. */
  CJM_LOCKED = 17,
  /* The handle names nothing: it was closed, or never was one of this type. */
  CJM_BAD_HANDLE = 18,
  /* Another thread is using the handle. */
  CJM_BUSY = 19,
  /* There is a row: the out-parameter holds it. */
  CJM_ROW = 100,
  /* There are no more rows. */
  CJM_DONE = 101,
} cjm_status;

/* What became of a decision. */
typedef enum {
  /* It was handed to the channel. */
  CJM_OUTCOME_SENT = 1,
  /* It arrived. */
  CJM_OUTCOME_DELIVERED = 2,
  /* It was opened. */
  CJM_OUTCOME_OPENED = 3,
  /* It was clicked. */
  CJM_OUTCOME_CLICKED = 4,
  /* It was replied to. */
  CJM_OUTCOME_REPLIED = 5,
  /* It failed; caps and cool-down are given back. */
  CJM_OUTCOME_FAILED = 6,
  /* It was rejected; likewise. */
  CJM_OUTCOME_REJECTED = 7,
  /* It was skipped; likewise. */
  CJM_OUTCOME_SKIPPED = 8,
  /* It expired; likewise. */
  CJM_OUTCOME_EXPIRED = 9,
  /* The customer unsubscribed: the consent is taken back. */
  CJM_OUTCOME_UNSUBSCRIBED = 10,
} cjm_outcome;

/* What an attribute's value is. */
typedef enum {
  /* Absent: as if the attribute were not there. */
  CJM_KIND_NULL = 0,
  /* True or false: `value.integer`, where 0 is false. */
  CJM_KIND_BOOLEAN = 1,
  /* A whole number: `value.integer`. */
  CJM_KIND_INTEGER = 2,
  /* A finite number: `value.number`. */
  CJM_KIND_NUMBER = 3,
  /* Text: `value.text`. Dates and whatever else a blueprint declares are given as text, too. */
  CJM_KIND_TEXT = 4,
  /* A decimal amount: `value.text`, as in `12.50`. */
  CJM_KIND_DECIMAL = 5,
  /* An instant: `value.time`. */
  CJM_KIND_TIME = 6,
  /* A length of time in microseconds: `value.integer`. */
  CJM_KIND_DURATION = 7,
} cjm_kind;

/* When a call waits for the disk. */
typedef enum {
  /* Before it returns: nothing that returned is lost, whatever happens. */
  CJM_DURABILITY_FULL = 0,
  /* When `batch_ms` have passed since a call last did. A crash of the program loses nothing; a power cut loses at most
   the calls since then. */
  CJM_DURABILITY_BATCH = 1,
  /* Never. A crash of the program loses nothing; a power cut may lose everything since the file was last brought
   together, or the file. */
  CJM_DURABILITY_OFF = 2,
} cjm_durability;

/* A piece of UTF-8 text; it need not end with a zero.

 Text that goes in is read before the call returns. Text that comes out is the library's; the call says how long it
 lives. Empty text may have any pointer. */
typedef struct {
  /* Its first byte. */
  const char *ptr;
  /* How many bytes. */
  size_t len;
} cjm_text;

/* Names an answer. Owned by who asked, until `cjm_answer_free`. Any thread may read it, several at once; none while another
 frees it. */
typedef struct {
  /* 0 names nothing. */
  uint64_t raw;
} cjm_answer;

/* Names a blueprint. Owned by who loaded it, until `cjm_blueprint_free`; what is opened with it keeps its own. */
typedef struct {
  /* 0 names nothing. */
  uint64_t raw;
} cjm_blueprint;

/* Names an engine in memory. Owned by who made it, until `cjm_engine_free`. One thread at a time uses it; several
 engines may be used by several threads at once. */
typedef struct {
  /* 0 names nothing. */
  uint64_t raw;
} cjm_engine;

/* An instant: microseconds since 1970-01-01T00:00:00Z. */
typedef int64_t cjm_time;

/* An identity of a customer: a kind that the blueprint declares, and the value. */
typedef struct {
  /* As in `member`. */
  cjm_text kind;
  /* As in `m-1`. */
  cjm_text value;
} cjm_identity;

/* The value of an attribute; its kind says which field counts. */
typedef union {
  /* Of whole numbers, truth values and lengths of time. */
  int64_t integer;
  /* Of numbers. */
  double number;
  /* Of texts and decimal amounts. */
  cjm_text text;
  /* Of instants. */
  cjm_time time;
} cjm_value;

/* An attribute of an event. `cjm_attribute_text` and its like make one. */
typedef struct {
  /* Its name. */
  cjm_text name;
  /* One of `cjm_kind`. */
  int32_t kind;
  /* Its value. */
  cjm_value value;
} cjm_attribute;

/* Something that happened to a customer. Begin with all of it zero, as `cjm_event event = {0}` does, and set
 `struct_size`.

 Everything that it points to is the caller's and is read before the call returns. */
typedef struct {
  /* `sizeof` this struct, as the caller knows it. */
  size_t struct_size;
  /* Its name. */
  cjm_text name;
  /* When it happened. */
  cjm_time time;
  /* Where it came from; with `id` the key by which a repeat is known. May be empty. */
  cjm_text source;
  /* Its id within the source. Without one it is never a repeat. */
  cjm_text id;
  /* The channel it came through. May be empty. */
  cjm_text channel;
  /* Order among events of one instant; 0 unless said. */
  int64_t sequence;
  /* Everyone that it is known to concern: one customer. */
  const cjm_identity *identities;
  /* How many identities: 1 at least, 32 at most. */
  size_t n_identities;
  /* Its attributes; null when there are none. */
  const cjm_attribute *attributes;
  /* How many attributes: 64 at most. */
  size_t n_attributes;
} cjm_event;

/* The id of a decision: the same for the same facts, on every machine and after every restart. */
typedef struct {
  /* Its bytes. */
  uint8_t bytes[16];
} cjm_id;

/* Something to be done: a row of the outbox.

 `struct_size` is set by the caller, to `sizeof` this struct. Texts live until the next decision is asked of the
 same store or engine, or it is closed. */
typedef struct {
  /* `sizeof` this struct, as the caller knows it. */
  size_t struct_size;
  /* Its id. */
  cjm_id id;
  /* Its delivery sequence: larger than those before it, and never given again. */
  uint64_t sequence;
  /* When it is due. */
  cjm_time due;
  /* Which step of the rule, from 0. */
  uint32_t step;
  /* Which item of the step, from 0. */
  uint32_t item;
  /* Id of the rule. */
  cjm_text rule;
  /* What it is: `send`, `ask`, `ticket`, `call`, `emit`, `escalate` or `revoke`. */
  cjm_text action;
  /* The message, survey, queue, call or event that it names. */
  cjm_text target;
  /* The kind of the customer's key. */
  cjm_text customer_kind;
  /* The customer's key. */
  cjm_text customer;
  /* The channel chosen; empty of what does not reach the customer. */
  cjm_text channel;
  /* The purpose; empty of what does not reach the customer. */
  cjm_text purpose;
  /* The rule's key; empty of a rule without one. */
  cjm_text key;
  /* The arm of the experiment; empty where the rule serves none. */
  cjm_text arm;
  /* The whole decision as JSON on one line. */
  cjm_text json;
} cjm_decision;

/* Names an open store. Owned by who opened it, until `cjm_store_close`. One thread at a time uses it, of the process that
 opened it: a child that was forked opens a file of its own, or closes this one and opens the file when its parent has
 closed it. */
typedef struct {
  /* 0 names nothing. */
  uint64_t raw;
} cjm_store;

/* How a store is opened. All of it zero, as `cjm_store_options options = {0}` makes it, is as `cjm_store_open` does; set
 `struct_size`. */
typedef struct {
  /* `sizeof` this struct, as the caller knows it. */
  size_t struct_size;
  /* One of `cjm_durability`. */
  int32_t durability;
  /* Milliseconds of `CJM_DURABILITY_BATCH`. */
  uint32_t batch_ms;
  /* The last delivery sequence that the caller has seen, where `has_last_sequence` says so: a file that stands below it
   is an old copy, see `cjm_store_restored_backup`. */
  uint64_t last_sequence;
  /* Whether `last_sequence` counts: 0 or 1. */
  int32_t has_last_sequence;
  /* Nothing; 0. */
  int32_t reserved;
  /* Most customers held in memory between calls; 0 for 10,000. */
  uint64_t hold;
} cjm_store_options;

/* No instant of its own: the one that the engine stands at. */
#define CJM_NOW INT64_MIN

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/* Whether the library is the one that a program was compiled against: hand in `CJM_ABI_VERSION`.

 `CJM_NEWER_FORMAT` when it is not.

 Since 0.1. */
cjm_status cjm_abi_check(uint32_t version);

/* The version of the library, as in `0.1.0`. It lives as long as the library.

 Since 0.1. */
cjm_text cjm_version(void);

/* The text of an answer: JSON in UTF-8 unless the call that gave it says otherwise. It lives until the answer is freed.
 Never `CJM_BUSY`.

 Pointers: `text` may be written to.

 Since 0.1. */
cjm_status cjm_answer_text(cjm_answer answer,
                           cjm_text *text);

/* Frees an answer. `CJM_BAD_HANDLE` for one that is none; 0 is none and is freed without a word.

 Since 0.1. */
cjm_status cjm_answer_free(cjm_answer answer);

/* Asks a blueprint, an engine or a store something that has no call of its own. `handle` is the `raw` of a `cjm_blueprint`, a
 `cjm_engine` or a `cjm_store`. Question and answer are JSON; the answer is yours to free, also where it is `null`.

 Of all three, without changing anything:

 - `{"ask": "check", "language"}`: the findings of the blueprint that are no errors, as a list;
 - `{"ask": "blueprint"}`: the blueprint as JSON;
 - `{"ask": "study", "events": [..], "by": [..], "until", "identity"}`: every table of a study. `by` are cuts, `identity`
   is `final` or `as_known`. A store studies what it took in unless `events` are given;
 - `{"ask": "report", "events", "by", "until", "identity", "language", "title"}`: the study as an HTML page, as text;
 - `{"ask": "replay", "events", "until", "blueprint"}`: what the rules would have done, or those of another `blueprint`,
   given as text. `until` is an instant, `last_event` or `end_of_waits`;
 - `{"ask": "diff", "blueprint"}`: how another blueprint differs.

 Of engines and stores, where `customer` is an identity, as `{"member": "m-1"}`:

 - `{"ask": "status"}`: `now`, `customers`, `waiting` decisions, `next_due`, `restored_backup`;
 - `{"ask": "customer", "customer"}`: all that is known of a customer; `null` when nobody is known as that;
 - `{"ask": "brief", "customer", "language"}`: five `lines` about a customer for whoever stands in front of them;
 - `{"ask": "explain", "customer", "rule", "at", "language"}`: why a rule did, does or does not act, with a `text`;
 - `{"ask": "objection", "decision", "now"}`: what speaks against a decision going out; `null` when nothing does;
 - `{"ask": "outbox"}`: what waits to be acknowledged, each with its `sequence`;
 - `{"ask": "tickets"}`, `{"ask": "refusals", "customer"}`, `{"ask": "refused"}`, `{"ask": "refused_links"}`: lists;
 - `{"ask": "outcomes"}`: the goals that were met since the last time this was asked: it takes them;
 - `{"ask": "preview", "blueprint", "stages", "edits"}`: what installing another blueprint would do.

 `events` are objects as `cjm_store_push_json` takes them. `language` is `en` or `zh`. Instants are RFC 3339 text.

 `CJM_ARGUMENT` for a question that is none, with what is wrong with it; else the errors of what is asked, as
 `CJM_NOT_FOUND` for a rule or a customer that there is not.

 Pointers: `question` is as `cjm_text` says; `answer` may be written to.

 Since 0.1. */
cjm_status cjm_ask(uint64_t handle,
                   cjm_text question,
                   cjm_answer *answer);

/* Reads a blueprint of YAML or JSON from a file.

 `CJM_BLUEPRINT` when it has errors: `cjm_last_error_json` lists them. `CJM_IO` when it can not be read.

 Pointers: `path` is as `cjm_text` says; `blueprint` may be written to.

 Since 0.1. */
cjm_status cjm_blueprint_load_file(cjm_text path, cjm_blueprint *blueprint);

/* Reads a blueprint of YAML or JSON text.

 Pointers: As of `cjm_blueprint_load_file`.

 Since 0.1. */
cjm_status cjm_blueprint_parse(cjm_text text, cjm_blueprint *blueprint);

/* Frees a blueprint. `CJM_BAD_HANDLE` for one that is none; 0 is none and is freed without a word.

 Since 0.1. */
cjm_status cjm_blueprint_free(cjm_blueprint blueprint);

/* Makes an engine that knows nobody yet. It keeps everything in memory: `cjm_engine_snapshot` gives all of it as
 bytes, `cjm_store` keeps it in a file instead.

 Pointers: `engine` may be written to.

 Since 0.1. */
cjm_status cjm_engine_new(cjm_blueprint blueprint,
                          cjm_engine *engine);

/* Makes the engine that a snapshot was taken of. The blueprint may be another one than it was taken under.

 `CJM_STATE` for bytes that are damaged or no snapshot, `CJM_NEWER_FORMAT` for those of a newer version.

 Pointers: `bytes` points to `n` bytes; `engine` may be written to.

 Since 0.1. */
cjm_status cjm_engine_restore(cjm_blueprint blueprint, const uint8_t *bytes, size_t n, cjm_engine *engine);

/* Frees an engine, with everything that it knows. `CJM_BAD_HANDLE` for one that is none; 0 is none and is freed without a
 word. `CJM_BUSY` when another thread uses it.

 Since 0.1. */
cjm_status cjm_engine_free(cjm_engine engine);

/* All that an engine knows, as bytes: `cjm_answer_text` has them, which are no text. The same engine always gives the
 same bytes.

 Pointers: `answer` may be written to.

 Since 0.1. */
cjm_status cjm_engine_snapshot(cjm_engine engine,
                               cjm_answer *answer);

/* As `cjm_store_push`, in memory.

 Pointers: `event` is as `cjm_event` says.

 Since 0.1. */
cjm_status cjm_engine_push(cjm_engine engine, const cjm_event *event);

/* As `cjm_store_push_at`, in memory.

 Pointers: `event` is as `cjm_event` says.

 Since 0.1. */
cjm_status cjm_engine_push_at(cjm_engine engine, const cjm_event *event, cjm_time now);

/* As `cjm_store_push_many`, in memory.

 Pointers: `events` points to `n` events; `taken` is null or may be written to.

 Since 0.1. */
cjm_status cjm_engine_push_many(cjm_engine engine, const cjm_event *events, size_t n, size_t *taken);

/* As `cjm_store_push_arrow`, in memory.

 Pointers: `schema` and `array` are as the Arrow C Data Interface says, `mapping` as `cjm_text` says; `taken` is null or may be
 written to.

 Since 0.1. */
cjm_status cjm_engine_push_arrow(cjm_engine engine,
                                 const struct ArrowSchema *schema,
                                 struct ArrowArray *array,
                                 cjm_text mapping,
                                 size_t *taken);

/* As `cjm_store_push_json`, in memory.

 Pointers: `json` is as `cjm_text` says.

 Since 0.1. */
cjm_status cjm_engine_push_json(cjm_engine engine, cjm_text json);

/* As `cjm_store_advance`, in memory.

 Since 0.1. */
cjm_status cjm_engine_advance(cjm_engine engine, cjm_time now);

/* As `cjm_store_next_due`.

 Pointers: `due` may be written to.

 Since 0.1. */
cjm_status cjm_engine_next_due(cjm_engine engine, cjm_time *due);

/* As `cjm_store_next_decision`.

 Pointers: `decision` points to a `cjm_decision` whose `struct_size` is set.

 Since 0.1. */
cjm_status cjm_engine_next_decision(cjm_engine engine, cjm_decision *decision);

/* As `cjm_store_ack`, in memory.

 Since 0.1. */
cjm_status cjm_engine_ack(cjm_engine engine, cjm_id decision, int32_t outcome);

/* As `cjm_store_ack_at`, in memory.

 Since 0.1. */
cjm_status cjm_engine_ack_at(cjm_engine engine, cjm_id decision, int32_t outcome, cjm_time at);

/* As `cjm_store_still_valid`.

 Pointers: `valid` may be written to.

 Since 0.1. */
cjm_status cjm_engine_still_valid(cjm_engine engine, cjm_id decision, cjm_time now, int32_t *valid);

/* As `cjm_store_retract`, in memory.

 Pointers: The texts are as `cjm_text` says.

 Since 0.1. */
cjm_status cjm_engine_retract(cjm_engine engine,
                              cjm_text kind,
                              cjm_text customer,
                              cjm_text source,
                              cjm_text id);

/* Forgets a customer: state, identities, timers, tickets, what waits in the outbox, refusals. `CJM_NOT_FOUND` when nobody
 has the identity.

 Pointers: The texts are as `cjm_text` says.

 Since 0.1. */
cjm_status cjm_engine_erase(cjm_engine engine,
                            cjm_text kind,
                            cjm_text customer);

/* As `cjm_store_install`, in memory.

 Pointers: `how` is as `cjm_text` says; `answer` may be written to.

 Since 0.1. */
cjm_status cjm_engine_install(cjm_engine engine, cjm_blueprint blueprint, cjm_text how, cjm_answer *answer);

/* An attribute that is a whole number.

 Since 0.1. */
cjm_attribute cjm_attribute_integer(cjm_text name, int64_t value);

/* An attribute that is true or, for 0, false.

 Since 0.1. */
cjm_attribute cjm_attribute_boolean(cjm_text name, int32_t value);

/* An attribute that is a number.

 Since 0.1. */
cjm_attribute cjm_attribute_number(cjm_text name, double value);

/* An attribute that is text.

 Since 0.1. */
cjm_attribute cjm_attribute_text(cjm_text name, cjm_text value);

/* An attribute that is a decimal amount, given as text: `12.50`.

 Since 0.1. */
cjm_attribute cjm_attribute_decimal(cjm_text name, cjm_text value);

/* An attribute that is an instant.

 Since 0.1. */
cjm_attribute cjm_attribute_time(cjm_text name, cjm_time value);

/* Copies the message of this thread's last failed call into a buffer, in English, with a zero behind it; cut at a
 character's border where it does not fit. Gives how many bytes the whole message has, the zero not counted; 0 when no
 call failed. A null buffer asks for the length alone.

 Pointers: `buffer` is null, or `size` bytes may be written there.

 Since 0.1. */
size_t cjm_last_error(char *buffer,
                      size_t size);

/* Copies this thread's last error as JSON into a buffer, as `cjm_last_error` does: `code`, `number`, `message` and,
 where there are any, `path`, `line`, `column`, `help`, `findings`.

 Pointers: As of `cjm_last_error`.

 Since 0.1. */
size_t cjm_last_error_json(char *buffer,
                           size_t size);

/* The stable name of a status, as in `bad_event`; empty for a number that is none. It lives as long as the library.

 Since 0.1. */
cjm_text cjm_status_name(int32_t status);

/* Opens a store in a file, or makes one. Durable is what a call changed when it returns.

 `CJM_LOCKED` when it is open elsewhere, `CJM_FORMAT` for a file that is no store, `CJM_NEWER_FORMAT` for one of a newer
 version, `CJM_STATE` for a damaged one, `CJM_IO` when it can not be read or written. A blueprint that changed since is
 installed, and an erasure that was interrupted is finished. Where it errs, a file that was not there may be there, one of
 an older version may be brought up to this one, and an erasure may be finished; nothing else changed.

 Pointers: `path` is as `cjm_text` says; `store` may be written to.

 Since 0.1. */
cjm_status cjm_store_open(cjm_text path,
                          cjm_blueprint blueprint,
                          cjm_store *store);

/* Opens a store as `cjm_store_open` does, with options.

 Pointers: `path` is as `cjm_text` says; `options` is as `cjm_store_options` says; `store` may be written to.

 Since 0.1. */
cjm_status cjm_store_open_with(cjm_text path,
                               cjm_blueprint blueprint,
                               const cjm_store_options *options,
                               cjm_store *store);

/* Closes a store. `CJM_BAD_HANDLE` for one that is none, as one that was closed; `CJM_BUSY` when another thread uses it: it
 stays open. A forked child may close what its parent has open: it lets go of the file and leaves it as it is.

 Any other error, as `CJM_IO` when the disk could not be waited for at the end, leaves it closed all the same: its handle
 names nothing any more. What calls took in is in the file; a power cut may take of it what it may take under the store's
 durability, which is nothing under `CJM_DURABILITY_FULL`.

 Since 0.1. */
cjm_status cjm_store_close(cjm_store store);

/* Takes in an event. It is in the file when the call returns, with everything it led to: what was decided waits to be
 handed over by `cjm_store_next_decision`.

 A repeat, an event of a `source` and `id` that came before with the same body, changes nothing. `CJM_BAD_EVENT` for what
 does not fit its declared types or has no identity, `CJM_CONFLICT` for a source and id that came before with another
 body, `CJM_LIMIT` for too large an event, `CJM_BACKPRESSURE` when 100,000 decisions wait to be acknowledged.

 Pointers: `event` is as `cjm_event` says.

 Since 0.1. */
cjm_status cjm_store_push(cjm_store store,
                          const cjm_event *event);

/* Takes in an event as `cjm_store_push` does, when it is `now`: `CJM_FUTURE` for one that is later by more than a day.

 Pointers: `event` is as `cjm_event` says.

 Since 0.1. */
cjm_status cjm_store_push_at(cjm_store store,
                             const cjm_event *event,
                             cjm_time now);

/* Takes in many events, one after the other, thousands to a wait for the disk, and stops at the first that errs: `taken` is
 how many were taken in and are in the file, whatever the status is. From 16,384 events on, a second thread writes what the
 calling one has decided; it ends before the call returns.

 Pointers: `events` points to `n` events, all of one `struct_size`; `taken` is null or may be written to.

 Since 0.1. */
cjm_status cjm_store_push_many(cjm_store store,
                               const cjm_event *events,
                               size_t n,
                               size_t *taken);

/* Takes in the rows of a table, one after the other, as `cjm_store_push_many` does. The table comes over the Arrow C Data
 Interface: a struct of columns, as Arrow, DuckDB, nanoarrow and data frames make it.

 `mapping` is JSON that says what the columns mean: `customer`, `event` and `time` name columns, as may `source`, `id`,
 `channel` and `sequence`; `identities` is an object of identity kinds and columns; `event_name` is the name of all events;
 `time_unit` (`s`, `ms`, `us`, `ns`) is that of numbers, `zone` that of times without one; `attributes` lists the columns
 that become attributes, all others unless said.

 The call takes over `array`: it is released, and marked so, unless the status is `CJM_ARGUMENT`, `CJM_LIMIT` or
 `CJM_FORMAT` and it is not marked. `schema` stays the caller's. The buffers are read as the interface describes them; who
 hands them in vouches for their lengths. `CJM_ARGUMENT` for a table that was released.

 Pointers: `schema` and `array` are as the Arrow C Data Interface says, `mapping` as `cjm_text` says; `taken` is null or may be
 written to.

 Since 0.1. */
cjm_status cjm_store_push_arrow(cjm_store store,
                                const struct ArrowSchema *schema,
                                struct ArrowArray *array,
                                cjm_text mapping,
                                size_t *taken);

/* Takes in a line of JSON. An event is an object of `name`, `time` (RFC 3339), `identities` and, where there are any,
 `attributes`, `id`, `source`, `channel`, `sequence`. It may also be the answer to a survey,
 `{"answer": SURVEY, "values": {QUESTION: VALUE}, "at", "identities", "id", "source", "channel"}`, and what calls say as
 well: `{"tick": TIME}`, `{"ack": DECISION, "outcome", "at"}`, `{"retract": {"source", "id"}, "identities"}`.

 It is in the file when the call returns, with everything it led to. Errors are those of `cjm_store_push`.

 Pointers: `json` is as `cjm_text` says.

 Since 0.1. */
cjm_status cjm_store_push_json(cjm_store store,
                               cjm_text json);

/* Lets time pass up to `now` for everybody. What is decided waits to be handed over. An earlier `now` than the last one
 counts as the last one.

 Since 0.1. */
cjm_status cjm_store_advance(cjm_store store,
                             cjm_time now);

/* When `cjm_store_advance` next has something to do: `CJM_ROW` with the instant, `CJM_DONE` when nobody waits for anything.

 Pointers: `due` may be written to.

 Since 0.1. */
cjm_status cjm_store_next_due(cjm_store store,
                              cjm_time *due);

/* The next decision of a pass over the outbox, in delivery order: `CJM_ROW` with the decision, `CJM_DONE` at its end,
 after which a new pass begins. Each row comes once in a pass; what was not acknowledged comes again in the next one.

 Pointers: `decision` points to a `cjm_decision` whose `struct_size` is set.

 Since 0.1. */
cjm_status cjm_store_next_decision(cjm_store store,
                                   cjm_decision *decision);

/* Tells what became of a decision, as of the store's own now: it is handed over no more. `outcome` is one of `cjm_outcome`.

 `CJM_NOT_FOUND` for a decision that is not remembered.

 Since 0.1. */
cjm_status cjm_store_ack(cjm_store store,
                         cjm_id decision,
                         int32_t outcome);

/* Tells what became of a decision as `cjm_store_ack` does, and when; `CJM_NOW` for the store's own now.

 Since 0.1. */
cjm_status cjm_store_ack_at(cjm_store store, cjm_id decision, int32_t outcome, cjm_time at);

/* Whether a decision may still go out at `now`, or at `CJM_NOW`, the store's own: consent, goal, exit, quiet hours and
 validity are looked at again. `valid` becomes 1 or 0; `cjm_ask` tells what speaks against it.

 `CJM_NOT_FOUND` for a decision that is not remembered: the last 64 of a customer are.

 Pointers: `valid` may be written to.

 Since 0.1. */
cjm_status cjm_store_still_valid(cjm_store store,
                                 cjm_id decision,
                                 cjm_time now,
                                 int32_t *valid);

/* Takes an event of a customer back, one of the last 256: what it led to is undone where it still can be. Decisions that
 rest on it leave the outbox; those acknowledged come again as `revoke`, with the same ids.

 `CJM_NOT_FOUND` for an unknown customer, `CJM_TOO_OLD` for an event that is not remembered.

 Pointers: The texts are as `cjm_text` says.

 Since 0.1. */
cjm_status cjm_store_retract(cjm_store store,
                             cjm_text kind,
                             cjm_text customer,
                             cjm_text source,
                             cjm_text id);

/* Takes away everything of a customer: state, identities, timers, tickets, events, decisions, refusals. When it returns, no
 byte of it is in the file or beside it. The answer is a receipt in JSON: how many `customers` (1), `identities`, `events`,
 `decisions`, `tickets` and `refusals` there were. Hashes of its events' keys stay for seven days, so that an event that is
 sent again does not bring the customer back.

 `CJM_IO` when it could not be done to the end: either nothing changed, or the customer is gone and its bytes are still to
 be overwritten. Call it again, until it gives something else: `CJM_OK`, with a receipt of zeros where all but the bytes
 was gone before. Opening the file again finishes it, too. `CJM_NOT_FOUND` when nobody has the identity: then, too, no byte
 of anybody who was erased is left.

 Pointers: The texts are as `cjm_text` says; `receipt` may be written to.

 Since 0.1. */
cjm_status cjm_store_erase(cjm_store store,
                           cjm_text kind,
                           cjm_text customer,
                           cjm_answer *receipt);

/* Everything that is known of a customer, as JSON: `customer`, `events`, `decisions` that wait, `refusals`.

 `CJM_NOT_FOUND` when nobody has the identity.

 Pointers: The texts are as `cjm_text` says; `answer` may be written to.

 Since 0.1. */
cjm_status cjm_store_export(cjm_store store, cjm_text kind, cjm_text customer, cjm_answer *answer);

/* Copies the whole store into another file, which must not be there yet. Opened, the copy says
 `cjm_store_restored_backup`. `CJM_ARGUMENT` when there is such a file, `CJM_IO` when it can not be written.

 Pointers: `path` is as `cjm_text` says.

 Since 0.1. */
cjm_status cjm_store_backup(cjm_store store, cjm_text path);

/* Whether the file is a copy made by `cjm_store_backup`, or stands below the delivery sequence that it was opened with: what
 came since has to be sent again. `restored` becomes 1 or 0; it is 1 until `cjm_store_caught_up`.

 Pointers: `restored` may be written to.

 Since 0.1. */
cjm_status cjm_store_restored_backup(cjm_store store,
                                     int32_t *restored);

/* Says that what came since a backup was sent again.

 Since 0.1. */
cjm_status cjm_store_caught_up(cjm_store store);

/* Waits for the disk: what returned before is durable then, whatever the store was opened with.

 Since 0.1. */
cjm_status cjm_store_flush(cjm_store store);

/* Goes on under another blueprint, with everybody moved to it at once. `how` is empty, or JSON where the blueprint leaves
 something open: `stages`, of those that are gone, as `{"old": "new"}`, and `edits`, of rules that changed, as
 `{"rule": "migrate"}`, `pin`, `restart` or `drain`. The answer tells in JSON what became of whom; `cjm_ask` previews it.

 Pointers: `how` is as `cjm_text` says; `answer` may be written to.

 Since 0.1. */
cjm_status cjm_store_install(cjm_store store,
                             cjm_blueprint blueprint,
                             cjm_text how,
                             cjm_answer *answer);

/* The text of a string that ends with a zero; of a null pointer, no text. It lives as long as the string.

 Pointers: `string` is null or points to bytes that end with a zero.

 Since 0.1. */
cjm_text cjm_text_of(const char *string);

/* Reads RFC 3339 text, as in `2026-03-01T12:00:00+08:00`.

 Pointers: `text` is as `cjm_text` says; `time` may be written to.

 Since 0.1. */
cjm_status cjm_time_parse(cjm_text text, cjm_time *time);

/* Writes an instant as RFC 3339 text in UTC into a buffer, as `cjm_last_error` writes; 0 for one out of range.

 Pointers: `buffer` is null, or `size` bytes may be written there.

 Since 0.1. */
size_t cjm_time_format(cjm_time time, char *buffer, size_t size);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* CJM_H */
