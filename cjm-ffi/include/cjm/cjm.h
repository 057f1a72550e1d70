/* cjm: an embeddable customer-journey engine. Made by `cargo xtask regen`; do not edit.
 *
 * Every call that can fail gives a cjm_status; out-parameters are written only where it is CJM_OK or CJM_ROW.
 * Text is UTF-8 as pointer and length. Handles are checked numbers; one thread at a time uses one. What a call
 * says of threads, lifetimes and errors stands beside it.
 */

#ifndef CJM_H
#define CJM_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

/*
 The version of the border: what was compiled against another one must not be used with this library.
 */
#define CJM_ABI_VERSION 1

/*
 How a call ended. Below 100 are errors, by the one table of errors; numbers are never reused.
 */
typedef enum {
  /*
   It did what was asked.
   */
  CJM_OK = 0,
  /*
   The blueprint has errors.
   */
  CJM_BLUEPRINT = 1,
  /*
   A condition could not be read, checked or evaluated.
   */
  CJM_CONDITION = 2,
  /*
   An event does not fit the format or its declared types.
   */
  CJM_BAD_EVENT = 3,
  /*
   An event with this source and id was seen with another body.
   */
  CJM_CONFLICT = 4,
  /*
   Too much is waiting; take the results first.
   */
  CJM_BACKPRESSURE = 5,
  /*
   The event is later than now allows.
   */
  CJM_FUTURE = 6,
  /*
   The event is no longer remembered.
   */
  CJM_TOO_OLD = 7,
  /*
   The bytes are no state of this engine, or were damaged.
   */
  CJM_STATE = 8,
  /*
   The bytes are of a newer format than this library reads.
   */
  CJM_NEWER_FORMAT = 9,
  /*
   A limit was reached.
   */
  CJM_LIMIT = 10,
  /*
   A number left its range.
   */
  CJM_OVERFLOW = 11,
  /*
   There is nothing of that name.
   */
  CJM_NOT_FOUND = 12,
  /*
   A file or stream could not be read or written.
   */
  CJM_IO = 13,
  /*
   The file is not of the format it claims.
   */
  CJM_FORMAT = 14,
  /*
   An argument is missing, contradicts another or makes no sense.
   */
  CJM_ARGUMENT = 15,
  /*
   The library itself is at fault: please report what led to it.
   */
  CJM_INTERNAL = 16,
  /*
   The store is open elsewhere.
   */
  CJM_LOCKED = 17,
  /*
   The handle names nothing: it was closed, or never was one of this type.
   */
  CJM_BAD_HANDLE = 18,
  /*
   Another thread is using the handle.
   */
  CJM_BUSY = 19,
  /*
   There is a row: the out-parameter holds it.
   */
  CJM_ROW = 100,
  /*
   There are no more rows.
   */
  CJM_DONE = 101,
} cjm_status;

/*
 What became of a decision.
 */
typedef enum {
  /*
   It was handed to the channel.
   */
  CJM_OUTCOME_SENT = 1,
  /*
   It arrived.
   */
  CJM_OUTCOME_DELIVERED = 2,
  /*
   It was opened.
   */
  CJM_OUTCOME_OPENED = 3,
  /*
   It was clicked.
   */
  CJM_OUTCOME_CLICKED = 4,
  /*
   It was replied to.
   */
  CJM_OUTCOME_REPLIED = 5,
  /*
   It failed; caps and cool-down are given back.
   */
  CJM_OUTCOME_FAILED = 6,
  /*
   It was rejected; likewise.
   */
  CJM_OUTCOME_REJECTED = 7,
  /*
   It was skipped; likewise.
   */
  CJM_OUTCOME_SKIPPED = 8,
  /*
   It expired; likewise.
   */
  CJM_OUTCOME_EXPIRED = 9,
  /*
   The customer unsubscribed: the consent is taken back.
   */
  CJM_OUTCOME_UNSUBSCRIBED = 10,
} cjm_outcome;

/*
 A piece of UTF-8 text; it need not end with a zero.

 Text that goes in is read before the call returns. Text that comes out is the library's; the call says how long it
 lives. Empty text may have any pointer.
 */
typedef struct {
  /*
   Its first byte.
   */
  const char *ptr;
  /*
   How many bytes.
   */
  size_t len;
} cjm_text;

/*
 Names a blueprint. Owned by who loaded it, until `cjm_blueprint_free`; what is opened with it keeps its own.
 */
typedef struct {
  /*
   0 names nothing.
   */
  uint64_t raw;
} cjm_blueprint;

/*
 Names an open store. Owned by who opened it, until `cjm_store_close`. One thread at a time uses it.
 */
typedef struct {
  /*
   0 names nothing.
   */
  uint64_t raw;
} cjm_store;

/*
 An instant: microseconds since 1970-01-01T00:00:00Z.
 */
typedef int64_t cjm_time;

/*
 The id of a decision: the same for the same facts, on every machine and after every restart.
 */
typedef struct {
  /*
   Its bytes.
   */
  uint8_t bytes[16];
} cjm_id;

/*
 Something to be done: a row of the outbox.

 `struct_size` is set by the caller, to `sizeof` this struct; another size is `CJM_ARGUMENT`. Texts live until the
 next `cjm_store_next_decision` on that store, or its close.
 */
typedef struct {
  /*
   `sizeof` this struct, as the caller knows it.
   */
  size_t struct_size;
  /*
   Its id.
   */
  cjm_id id;
  /*
   Its delivery sequence: larger than those before it, and never given again.
   */
  uint64_t sequence;
  /*
   When it is due.
   */
  cjm_time due;
  /*
   Which step of the rule, from 0.
   */
  uint32_t step;
  /*
   Which item of the step, from 0.
   */
  uint32_t item;
  /*
   Id of the rule.
   */
  cjm_text rule;
  /*
   What it is: `send`, `ask`, `ticket`, `call`, `emit`, `escalate` or `revoke`.
   */
  cjm_text action;
  /*
   The message, survey, queue, call or event that it names.
   */
  cjm_text target;
  /*
   The kind of the customer's key.
   */
  cjm_text customer_kind;
  /*
   The customer's key.
   */
  cjm_text customer;
  /*
   The channel chosen; empty of what does not reach the customer.
   */
  cjm_text channel;
  /*
   The purpose; empty of what does not reach the customer.
   */
  cjm_text purpose;
  /*
   The rule's key; empty of a rule without one.
   */
  cjm_text key;
  /*
   The arm of the experiment; empty where the rule serves none.
   */
  cjm_text arm;
  /*
   The whole decision as JSON on one line.
   */
  cjm_text json;
} cjm_decision;

/*
 Every status that is an error, by number.
 */
#define cjm_status_ERRORS { CJM_BLUEPRINT, CJM_CONDITION, CJM_BAD_EVENT, CJM_CONFLICT, CJM_BACKPRESSURE, CJM_FUTURE, CJM_TOO_OLD, CJM_STATE, CJM_NEWER_FORMAT, CJM_LIMIT, CJM_OVERFLOW, CJM_NOT_FOUND, CJM_IO, CJM_FORMAT, CJM_ARGUMENT, CJM_INTERNAL, CJM_LOCKED, CJM_BAD_HANDLE, CJM_BUSY, }

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 Whether the library is the one that a program was compiled against: hand in `CJM_ABI_VERSION`.

 `CJM_NEWER_FORMAT` when it is not.

 Since 0.1.
 */
cjm_status cjm_abi_check(uint32_t version);

/*
 The version of the library, as in `0.1.0`. It lives as long as the library.

 Since 0.1.
 */
cjm_text cjm_version(void);

/*
 Reads a blueprint of YAML or JSON from a file.

 `CJM_BLUEPRINT` when it has errors: `cjm_last_error_json` lists them. `CJM_IO` when it can not be read.

 # Safety
 `path` is as [`cjm_text`] says; `blueprint` may be written to.

 Since 0.1.
 */
cjm_status cjm_blueprint_load_file(cjm_text path, cjm_blueprint *blueprint);

/*
 Reads a blueprint of YAML or JSON text.

 # Safety
 As of `cjm_blueprint_load_file`.

 Since 0.1.
 */
cjm_status cjm_blueprint_parse(cjm_text text, cjm_blueprint *blueprint);

/*
 Frees a blueprint. `CJM_BAD_HANDLE` for one that is none; 0 is none and is freed without a word.

 Since 0.1.
 */
cjm_status cjm_blueprint_free(cjm_blueprint blueprint);

/*
 Copies the message of this thread's last failed call into a buffer, in English, with a zero behind it; cut at a
 character's border where it does not fit. Gives how many bytes the whole message has, the zero not counted; 0 when no
 call failed. A null buffer asks for the length alone.

 # Safety
 `buffer` is null, or `size` bytes may be written there.

 Since 0.1.
 */
size_t cjm_last_error(char *buffer,
                      size_t size);

/*
 Copies this thread's last error as JSON into a buffer, as `cjm_last_error` does: `code`, `number`, `message` and,
 where there are any, `path`, `line`, `column`, `help`, `findings`.

 # Safety
 As of `cjm_last_error`.

 Since 0.1.
 */
size_t cjm_last_error_json(char *buffer,
                           size_t size);

/*
 The stable name of a status, as in `bad_event`; empty for a number that is none. It lives as long as the library.

 Since 0.1.
 */
cjm_text cjm_status_name(int32_t status);

/*
 Opens a store in a file, or makes one. Durable is what a call changed when it returns.

 `CJM_LOCKED` when it is open elsewhere, `CJM_FORMAT` for a file that is no store, `CJM_NEWER_FORMAT` for one of a newer
 version, `CJM_STATE` for a damaged one, `CJM_IO` when it can not be read or written. A blueprint that changed since is
 installed.

 # Safety
 `path` is as [`cjm_text`] says; `store` may be written to.

 Since 0.1.
 */
cjm_status cjm_store_open(cjm_text path,
                          cjm_blueprint blueprint,
                          cjm_store *store);

/*
 Closes a store. `CJM_BAD_HANDLE` for one that is none, as one that was closed; `CJM_BUSY` when another thread uses it.

 Since 0.1.
 */
cjm_status cjm_store_close(cjm_store store);

/*
 Takes in an event as a line of JSON: `name`, `time`, `identities` and, where there are any, `attributes`, `id`,
 `source`, `channel`, `sequence`. It is in the file when the call returns, with everything it led to.

 # Safety
 `json` is as [`cjm_text`] says.

 Since 0.1.
 */
cjm_status cjm_store_push_json(cjm_store store,
                               cjm_text json);

/*
 Lets time pass up to `now` for everybody. What is decided waits in the outbox.

 Since 0.1.
 */
cjm_status cjm_store_advance(cjm_store store, cjm_time now);

/*
 The next decision of a pass over the outbox, in delivery order: `CJM_ROW` with the decision, `CJM_DONE` at its end,
 after which a new pass begins. Each row comes once in a pass; what was not acknowledged comes again in the next one.

 # Safety
 `decision` points to a [`cjm_decision`] whose `struct_size` is set.

 Since 0.1.
 */
cjm_status cjm_store_next_decision(cjm_store store,
                                   cjm_decision *decision);

/*
 Tells what became of a decision: it is handed over no more. `outcome` is one of `cjm_outcome`.

 `CJM_NOT_FOUND` for a decision that is not remembered.

 Since 0.1.
 */
cjm_status cjm_store_ack(cjm_store store, cjm_id decision, int32_t outcome);

/*
 The text of a string that ends with a zero; of a null pointer, no text. It lives as long as the string.

 # Safety
 `string` is null or points to bytes that end with a zero.

 Since 0.1.
 */
cjm_text cjm_text_of(const char *string);

/*
 Reads RFC 3339 text, as in `2026-03-01T12:00:00+08:00`.

 # Safety
 `text` is as [`cjm_text`] says; `time` may be written to.

 Since 0.1.
 */
cjm_status cjm_time_parse(cjm_text text, cjm_time *time);

/*
 Writes an instant as RFC 3339 text in UTC into a buffer, as `cjm_last_error` writes; 0 for one out of range.

 # Safety
 `buffer` is null, or `size` bytes may be written there.

 Since 0.1.
 */
size_t cjm_time_format(cjm_time time, char *buffer, size_t size);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* CJM_H */
