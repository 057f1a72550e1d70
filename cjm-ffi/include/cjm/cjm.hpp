/* cjm for C++17: the calls of cjm.h as types that own what they name. Header only.
 *
 * Errors. With exceptions every call that can fail gives its value and throws `cjm::Error`. With CJM_NO_EXCEPTIONS
 * defined, which is so by itself under -fno-exceptions, the same call gives a `cjm::Result` of that value, which says
 * whether it has one; in the place of `outbox` there is `next`. The comments call both `Returns`. Nothing here needs RTTI.
 *
 * Ownership. Blueprint, Engine, Store and Answer own their handle: they are moved, not copied. Their end closes what they
 * own without a word, and so does assigning another to them; where another thread is in a call on the handle, both wait
 * until it returns. One that was moved from, or made without anything, is empty: its calls give CJM_BAD_HANDLE.
 *
 * Text goes in as std::string_view and is read before the call returns. It comes out as std::string_view where it is
 * the library's (of a Decision or an Answer: see there), as std::string where it is the caller's.
 *
 * Threads. One thread at a time uses an object; another one gets CJM_BUSY. An Answer may be read by several at once.
 * Different objects know nothing of each other. An object may be handed to another thread.
 *
 * What a call means stands beside it in cjm.h; here stands what differs.
 */

#ifndef CJM_HPP
#define CJM_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <cjm/cjm.h>

#if !defined(CJM_NO_EXCEPTIONS) && !defined(__cpp_exceptions) && !defined(_CPPUNWIND)
#define CJM_NO_EXCEPTIONS
#endif

namespace cjm {

// Files of one program may differ in how they take errors: each has its own names.
#ifdef CJM_NO_EXCEPTIONS
inline namespace results {
#else
inline namespace throws {
#endif

/// How a call ended: CJM_OK, or one of the errors of cjm.h.
using Status = cjm_status;

/// An instant: microseconds since 1970-01-01T00:00:00Z.
using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

/// What became of a decision.
enum class Outcome : std::int32_t {
    sent = CJM_OUTCOME_SENT,
    delivered = CJM_OUTCOME_DELIVERED,
    opened = CJM_OUTCOME_OPENED,
    clicked = CJM_OUTCOME_CLICKED,
    replied = CJM_OUTCOME_REPLIED,
    failed = CJM_OUTCOME_FAILED,
    rejected = CJM_OUTCOME_REJECTED,
    skipped = CJM_OUTCOME_SKIPPED,
    expired = CJM_OUTCOME_EXPIRED,
    unsubscribed = CJM_OUTCOME_UNSUBSCRIBED,
};

/// What returning means for a store.
enum class Durability : std::int32_t {
    full = CJM_DURABILITY_FULL,
    batch = CJM_DURABILITY_BATCH,
    off = CJM_DURABILITY_OFF,
};

/// An identity of a customer: a kind that the blueprint declares, and the value, as in `{"member", "m-1"}`.
struct Identity {
    std::string_view kind;
    std::string_view value;
};

/// A decimal amount, as in `Decimal{"12.50"}`.
struct Decimal {
    std::string_view digits;
};

/// Not for use from outside.
namespace detail {

inline cjm_text text(std::string_view view) noexcept { return cjm_text{view.data(), view.size()}; }

inline std::string_view view(cjm_text text) noexcept { return std::string_view(text.ptr, text.len); }

/// The text that a call copies into a buffer and gives the length of.
template <class Copy>
std::string copied(Copy copy) {
    std::string text(copy(nullptr, 0), '\0');
    // the zero behind it has its place in every string
    copy(text.data(), text.size() + 1);
    return text;
}

/// Whether a type is one of characters, not of small numbers.
template <class T>
inline constexpr bool is_character = std::is_same_v<T, char> || std::is_same_v<T, wchar_t> ||
#ifdef __cpp_char8_t
                                     std::is_same_v<T, char8_t> ||
#endif
                                     std::is_same_v<T, char16_t> || std::is_same_v<T, char32_t>;

inline Time time(cjm_time micros) noexcept { return Time(std::chrono::microseconds(micros)); }

inline cjm_time micros(Time time) noexcept { return time.time_since_epoch().count(); }

}  // namespace detail

/// Why a call failed: its status, its words, and everything about it as JSON. It owns its texts.
class Error : public std::exception {
public:
    /// The error of this thread's last failed call; `status` is what that call gave.
    static Error last(Status status) {
        return Error(status, detail::copied(cjm_last_error), detail::copied(cjm_last_error_json));
    }

    /// What the call gave.
    Status status() const noexcept { return status_; }

    /// The stable name of the status, as in `bad_event`.
    std::string_view name() const noexcept { return detail::view(cjm_status_name(status_)); }

    /// What is the matter, in English.
    const std::string& message() const noexcept { return message_; }

    /// `code`, `number`, `message` and, where there are any, `path`, `line`, `column`, `help`, `findings`.
    const std::string& json() const noexcept { return json_; }

    /// The message.
    const char* what() const noexcept override { return message_.c_str(); }

private:
    Error(Status status, std::string message, std::string json)
        : status_(status), message_(std::move(message)), json_(std::move(json)) {}

    Status status_;
    std::string message_;
    std::string json_;
};

/// A value, or the error in its place. Asking for the one that is not there ends the program.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : value_(std::move(value)) {}
    Result(Error error) : error_(std::move(error)) {}

    /// Whether there is a value.
    explicit operator bool() const noexcept { return value_.has_value(); }

    /// The value.
    T& value() & { return there(), *value_; }
    const T& value() const& { return there(), *value_; }
    T&& value() && { return there(), std::move(*value_); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    /// The error.
    const Error& error() const {
        if (!error_) std::abort();
        return *error_;
    }

    /// CJM_OK, or that of the error.
    Status status() const noexcept { return error_ ? error_->status() : CJM_OK; }

private:
    void there() const {
        if (!value_) std::abort();
    }

    std::optional<T> value_;
    std::optional<Error> error_;
};

/// Nothing, or an error.
template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    /// Whether it went well.
    explicit operator bool() const noexcept { return !error_.has_value(); }

    /// The error. Asking for it where there is none ends the program.
    const Error& error() const {
        if (!error_) std::abort();
        return *error_;
    }

    /// CJM_OK, or that of the error.
    Status status() const noexcept { return error_ ? error_->status() : CJM_OK; }

private:
    std::optional<Error> error_;
};

#ifdef CJM_NO_EXCEPTIONS
/// What a call that can fail gives: a `T`, or an error.
template <class T>
using Returns = Result<T>;
#else
/// What a call that can fail gives: a `T`; in the place of an error it throws.
template <class T>
using Returns = T;
#endif

namespace detail {

#ifdef CJM_NO_EXCEPTIONS
template <class T>
Result<T> failed(Status status) {
    return Error::last(status);
}
#else
template <class T>
[[noreturn]] T failed(Status status) {
    throw Error::last(status);
}
#endif

/// What a call gave that has no value.
inline Returns<void> done(Status status) {
    if (status != CJM_OK) return failed<void>(status);
    return Returns<void>();
}

/// A handle of the library and how it is given back; empty when it is 0.
template <class Raw, Status (*Close)(Raw)>
class Owned {
public:
    Owned() noexcept : raw_{} {}
    explicit Owned(Raw raw) noexcept : raw_(raw) {}
    Owned(Owned&& other) noexcept : raw_(other.release()) {}
    Owned& operator=(Owned&& other) noexcept {
        if (this != &other) {
            end();
            raw_ = other.release();
        }
        return *this;
    }
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    ~Owned() { end(); }

    Raw raw() const noexcept { return raw_; }

    Raw release() noexcept { return std::exchange(raw_, Raw{}); }

    /// Of one that another thread uses the handle stays: it was not given back.
    Status close() noexcept {
        const Status status = raw_.raw == 0 ? CJM_OK : Close(raw_);
        if (status != CJM_BUSY) raw_ = Raw{};
        return status;
    }

private:
    /// Nobody would be left to give the handle back: a call of another thread is waited for.
    void end() noexcept {
        while (close() == CJM_BUSY) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }

    Raw raw_;
};

}  // namespace detail

/// The version of the library that runs, as in `0.1.0`.
inline std::string_view version() noexcept { return detail::view(cjm_version()); }

/// Whether the library that runs is one that this header speaks to. CJM_NEWER_FORMAT when it is not.
inline Returns<void> check_abi() { return detail::done(cjm_abi_check(CJM_ABI_VERSION)); }

/// The instant of an RFC 3339 text, as in `2026-03-01T12:00:00+08:00`.
inline Returns<Time> parse_time(std::string_view text) {
    cjm_time micros = 0;
    const Status status = cjm_time_parse(detail::text(text), &micros);
    if (status != CJM_OK) return detail::failed<Time>(status);
    return detail::time(micros);
}

/// An instant as RFC 3339 text in UTC; empty for one out of range.
inline std::string format_time(Time time) {
    return detail::copied([time](char* buffer, std::size_t size) {
        return cjm_time_format(detail::micros(time), buffer, size);
    });
}

/// The id of a decision: the same for the same facts, on every machine and after every restart.
class Id {
public:
    Id() noexcept : raw_{} {}
    explicit Id(cjm_id raw) noexcept : raw_(raw) {}

    /// As C has it.
    const cjm_id& raw() const noexcept { return raw_; }

    /// 32 hexadecimal digits.
    std::string hex() const {
        std::string text;
        text.reserve(2 * sizeof raw_.bytes);
        for (const std::uint8_t byte : raw_.bytes) {
            text += "0123456789abcdef"[byte >> 4];
            text += "0123456789abcdef"[byte & 15];
        }
        return text;
    }

    friend bool operator==(const Id& a, const Id& b) noexcept { return a.compare(b) == 0; }
    friend bool operator!=(const Id& a, const Id& b) noexcept { return a.compare(b) != 0; }
    friend bool operator<(const Id& a, const Id& b) noexcept { return a.compare(b) < 0; }

private:
    int compare(const Id& other) const noexcept {
        for (std::size_t i = 0; i < sizeof raw_.bytes; ++i) {
            if (raw_.bytes[i] != other.raw_.bytes[i]) return raw_.bytes[i] < other.raw_.bytes[i] ? -1 : 1;
        }
        return 0;
    }

    cjm_id raw_;
};

/// Something to be done: a row of the outbox. Its texts are the store's: they live until the next row is asked for, or
/// the store's end. Copy what must live longer.
class Decision {
public:
    explicit Decision(const cjm_decision& raw) noexcept : raw_(raw) {}

    /// As C has it.
    const cjm_decision& raw() const noexcept { return raw_; }

    Id id() const noexcept { return Id(raw_.id); }
    /// Larger than those before it, and never given again.
    std::uint64_t sequence() const noexcept { return raw_.sequence; }
    Time due() const noexcept { return detail::time(raw_.due); }
    /// Which step of the rule, from 0.
    std::uint32_t step() const noexcept { return raw_.step; }
    /// Which item of the step, from 0.
    std::uint32_t item() const noexcept { return raw_.item; }
    std::string_view rule() const noexcept { return detail::view(raw_.rule); }
    /// `send`, `ask`, `ticket`, `call`, `emit`, `escalate` or `revoke`.
    std::string_view action() const noexcept { return detail::view(raw_.action); }
    /// The message, survey, queue, call or event that it names.
    std::string_view target() const noexcept { return detail::view(raw_.target); }
    std::string_view customer_kind() const noexcept { return detail::view(raw_.customer_kind); }
    std::string_view customer() const noexcept { return detail::view(raw_.customer); }
    /// Empty of what does not reach the customer.
    std::string_view channel() const noexcept { return detail::view(raw_.channel); }
    /// Empty of what does not reach the customer.
    std::string_view purpose() const noexcept { return detail::view(raw_.purpose); }
    /// Empty of a rule without one.
    std::string_view key() const noexcept { return detail::view(raw_.key); }
    /// Empty where the rule serves no experiment.
    std::string_view arm() const noexcept { return detail::view(raw_.arm); }
    /// All of it as JSON on one line.
    std::string_view json() const noexcept { return detail::view(raw_.json); }

private:
    cjm_decision raw_;
};

/// Something that happened to a customer. It keeps views: what it is told must live until it is pushed.
///
///     store.push(cjm::Event("paid", now).id("till-1", "e7").identity("member", "m-1").with("amount", cjm::Decimal{"9.50"}));
class Event {
public:
    Event(std::string_view name, Time time) noexcept : raw_{} {
        raw_.struct_size = sizeof raw_;
        raw_.name = detail::text(name);
        raw_.time = detail::micros(time);
    }

    /// Where it came from and its id there: together the key by which a repeat is known.
    Event& id(std::string_view source, std::string_view id) noexcept {
        raw_.source = detail::text(source);
        raw_.id = detail::text(id);
        return *this;
    }

    /// The channel it came through.
    Event& channel(std::string_view channel) noexcept {
        raw_.channel = detail::text(channel);
        return *this;
    }

    /// Order among events of one instant.
    Event& sequence(std::int64_t sequence) noexcept {
        raw_.sequence = sequence;
        return *this;
    }

    /// One more identity of the customer; it needs one at least.
    Event& identity(std::string_view kind, std::string_view value) {
        identities_.push_back(cjm_identity{detail::text(kind), detail::text(value)});
        return *this;
    }

    /// One more attribute. A null pointer is an absent one, as if it were not there. A character is none: is it a text or
    /// a number?
    Event& with(std::string_view name, std::string_view value) {
        return add(cjm_attribute_text(detail::text(name), detail::text(value)));
    }
    Event& with(std::string_view name, const char* value) {
        if (value != nullptr) return with(name, std::string_view(value));
        cjm_attribute absent = cjm_attribute_integer(detail::text(name), 0);
        absent.kind = CJM_KIND_NULL;
        return add(absent);
    }
    Event& with(std::string_view name, Decimal value) {
        return add(cjm_attribute_decimal(detail::text(name), detail::text(value.digits)));
    }
    Event& with(std::string_view name, Time value) {
        return add(cjm_attribute_time(detail::text(name), detail::micros(value)));
    }
    Event& with(std::string_view name, std::chrono::microseconds value) {
        cjm_attribute length = cjm_attribute_integer(detail::text(name), value.count());
        length.kind = CJM_KIND_DURATION;
        return add(length);
    }
    Event& with(std::string_view name, double value) { return add(cjm_attribute_number(detail::text(name), value)); }
    template <class Sign, std::enable_if_t<detail::is_character<Sign>, int> = 0>
    Event& with(std::string_view name, Sign value) = delete;
    template <class Whole, std::enable_if_t<std::is_integral_v<Whole> && !detail::is_character<Whole>, int> = 0>
    Event& with(std::string_view name, Whole value) {
        if constexpr (std::is_same_v<Whole, bool>) {
            return add(cjm_attribute_boolean(detail::text(name), value ? 1 : 0));
        } else {
            static_assert(std::is_signed_v<Whole> || sizeof(Whole) < sizeof(std::int64_t), "it may not fit 64 bits");
            return add(cjm_attribute_integer(detail::text(name), static_cast<std::int64_t>(value)));
        }
    }

    /// As C has it; good while the event is there and unchanged.
    cjm_event raw() const noexcept {
        cjm_event raw = raw_;
        raw.identities = identities_.data();
        raw.n_identities = identities_.size();
        raw.attributes = attributes_.data();
        raw.n_attributes = attributes_.size();
        return raw;
    }

private:
    Event& add(const cjm_attribute& attribute) {
        attributes_.push_back(attribute);
        return *this;
    }

    cjm_event raw_;
    std::vector<cjm_identity> identities_;
    std::vector<cjm_attribute> attributes_;
};

/// An answer; its text lives as long as it does. Any thread may read it, several at once.
class Answer {
public:
    /// Names nothing; its text is empty.
    Answer() = default;

    /// Takes a handle over.
    explicit Answer(cjm_answer raw) noexcept : owned_(raw) {}

    /// JSON, unless the call that gave it says otherwise.
    std::string_view text() const noexcept {
        cjm_text text{"", 0};
        return cjm_answer_text(raw(), &text) == CJM_OK ? detail::view(text) : std::string_view();
    }

    /// The handle, for calls of C.
    cjm_answer raw() const noexcept { return owned_.raw(); }

    /// Gives the handle away; it is empty from then on.
    cjm_answer release() noexcept { return owned_.release(); }

private:
    detail::Owned<cjm_answer, cjm_answer_free> owned_;
};

namespace detail {

/// What a call gave that fills in a handle.
template <class Owner, class Raw>
Returns<Owner> owner(Status status, Raw raw) {
    if (status != CJM_OK) return failed<Owner>(status);
    return Owner(raw);
}

/// Asks whatever a handle names.
inline Returns<Answer> ask(std::uint64_t handle, std::string_view question) {
    cjm_answer answer{};
    const Status status = cjm_ask(handle, text(question), &answer);
    return owner<Answer>(status, answer);
}

}  // namespace detail

/// A blueprint without errors. What is opened with it keeps its own: it may end first.
class Blueprint {
public:
    /// Names nothing.
    Blueprint() = default;

    /// Takes a handle over.
    explicit Blueprint(cjm_blueprint raw) noexcept : owned_(raw) {}

    /// Reads YAML or JSON from a file. CJM_BLUEPRINT when it has errors: `Error::json` lists them.
    static Returns<Blueprint> load(std::string_view path) {
        cjm_blueprint raw{};
        const Status status = cjm_blueprint_load_file(detail::text(path), &raw);
        return detail::owner<Blueprint>(status, raw);
    }

    /// Reads YAML or JSON text.
    static Returns<Blueprint> parse(std::string_view text) {
        cjm_blueprint raw{};
        const Status status = cjm_blueprint_parse(detail::text(text), &raw);
        return detail::owner<Blueprint>(status, raw);
    }

    /// Asks it something, in JSON: see `cjm_ask`.
    Returns<Answer> ask(std::string_view question) const { return detail::ask(raw().raw, question); }

    /// The handle, for calls of C.
    cjm_blueprint raw() const noexcept { return owned_.raw(); }

    /// Gives the handle away; it is empty from then on.
    cjm_blueprint release() noexcept { return owned_.release(); }

private:
    detail::Owned<cjm_blueprint, cjm_blueprint_free> owned_;
};

namespace detail {

/// The calls that engines and stores have in common. `Calls` says what they are called in C.
template <class Calls>
class Host {
public:
    using Raw = typename Calls::Raw;

    /// Takes in an event; see `cjm_store_push`.
    Returns<void> push(const Event& event) {
        const cjm_event raw_event = event.raw();
        return done(Calls::push(raw(), &raw_event));
    }

    /// The same when it is `now`: CJM_FUTURE for an event that is later by more than a day.
    Returns<void> push(const Event& event, Time now) {
        const cjm_event raw_event = event.raw();
        return done(Calls::push_at(raw(), &raw_event, micros(now)));
    }

    /// Takes in many events and stops at the first that errs; `taken` is how many were taken in and stay, in any case.
    Returns<void> push_many(const std::vector<Event>& events, std::size_t* taken = nullptr) {
        std::vector<cjm_event> raw_events;
        raw_events.reserve(events.size());
        for (const Event& event : events) raw_events.push_back(event.raw());
        return done(Calls::push_many(raw(), raw_events.data(), raw_events.size(), taken));
    }

    /// Takes in the rows of a table over the Arrow C Data Interface; see `cjm_store_push_arrow`.
    Returns<void> push_arrow(const ArrowSchema* schema, ArrowArray* array, std::string_view mapping,
                             std::size_t* taken = nullptr) {
        return done(Calls::push_arrow(raw(), schema, array, text(mapping), taken));
    }

    /// Takes in a line of JSON; see `cjm_store_push_json`.
    Returns<void> push_json(std::string_view json) { return done(Calls::push_json(raw(), text(json))); }

    /// Lets time pass up to `now` for everybody. What is decided waits in the outbox.
    Returns<void> advance(Time now) { return done(Calls::advance(raw(), micros(now))); }

    /// When `advance` next has something to do; none when nobody waits for anything.
    Returns<std::optional<Time>> next_due() {
        cjm_time due = 0;
        const Status status = Calls::next_due(raw(), &due);
        if (status == CJM_ROW) return std::optional<Time>(time(due));
        if (status == CJM_DONE) return std::optional<Time>();
        return failed<std::optional<Time>>(status);
    }

    /// The next decision of a pass over the outbox, or none at its end, after which a new pass begins. What was not
    /// acknowledged comes again in the next pass.
    Returns<std::optional<Decision>> next() {
        cjm_decision row{};
        row.struct_size = sizeof row;
        const Status status = Calls::next_decision(raw(), &row);
        if (status == CJM_ROW) return std::optional<Decision>(Decision(row));
        if (status == CJM_DONE) return std::optional<Decision>();
        return failed<std::optional<Decision>>(status);
    }

    /// Tells what became of a decision: it is handed over no more. CJM_NOT_FOUND for one that is not remembered.
    Returns<void> ack(const Id& decision, Outcome outcome) {
        return done(Calls::ack(raw(), decision.raw(), static_cast<std::int32_t>(outcome)));
    }
    Returns<void> ack(const Decision& decision, Outcome outcome) { return ack(decision.id(), outcome); }

    /// The same, and when.
    Returns<void> ack(const Id& decision, Outcome outcome, Time at) {
        return done(Calls::ack_at(raw(), decision.raw(), static_cast<std::int32_t>(outcome), micros(at)));
    }
    Returns<void> ack(const Decision& decision, Outcome outcome, Time at) { return ack(decision.id(), outcome, at); }

    /// Whether a decision may still go out at `now`, or at the engine's own now.
    Returns<bool> still_valid(const Id& decision, std::optional<Time> now = std::nullopt) {
        std::int32_t valid = 0;
        const Status status = Calls::still_valid(raw(), decision.raw(), now ? micros(*now) : CJM_NOW, &valid);
        if (status != CJM_OK) return failed<bool>(status);
        return valid != 0;
    }

    /// Takes an event of a customer back; see `cjm_store_retract`.
    Returns<void> retract(Identity customer, std::string_view source, std::string_view id) {
        return done(Calls::retract(raw(), text(customer.kind), text(customer.value), text(source), text(id)));
    }

    /// Goes on under another blueprint; the answer tells what became of whom. See `cjm_store_install`.
    Returns<Answer> install(const Blueprint& blueprint, std::string_view how = {}) {
        cjm_answer answer{};
        const Status status = Calls::install(raw(), blueprint.raw(), text(how), &answer);
        return owner<Answer>(status, answer);
    }

    /// Asks something, in JSON: see `cjm_ask`.
    Returns<Answer> ask(std::string_view question) { return detail::ask(raw().raw, question); }

    /// The handle, for calls of C.
    Raw raw() const noexcept { return owned_.raw(); }

    /// Gives the handle away; it is empty from then on.
    Raw release() noexcept { return owned_.release(); }

    /// Ends it, and says how that went. CJM_BUSY leaves it open; after any other error it is closed and empty as well: see
    /// `cjm_store_close`.
    Returns<void> close() { return done(owned_.close()); }

#ifndef CJM_NO_EXCEPTIONS
    class Outbox;

    /// The rows that the pass has yet to give: `for (const cjm::Decision& row : store.outbox())`. Left early, the next
    /// one goes on behind the last row. Of a temporary there is none: it would end before its first row.
    Outbox outbox() & { return Outbox(*this); }
    Outbox outbox() && = delete;
#endif

protected:
    Host() = default;
    explicit Host(Raw raw) noexcept : owned_(raw) {}

private:
    Owned<Raw, Calls::close> owned_;
};

#ifndef CJM_NO_EXCEPTIONS
/// The rest of a pass over an outbox, to be walked once. Whose it is outlives it.
template <class Calls>
class Host<Calls>::Outbox {
public:
    /// For range-for and the ranges of C++20. It is none of the categories before them, which ask for the row before the
    /// next one after `it++`: its texts are gone then.
    class iterator {
    public:
        using iterator_concept = std::input_iterator_tag;
        using value_type = Decision;
        using difference_type = std::ptrdiff_t;
        using pointer = const Decision*;
        using reference = const Decision&;

        /// The end.
        iterator() = default;
        explicit iterator(Host& host) : host_(&host) { ++*this; }

        reference operator*() const { return *row_; }
        pointer operator->() const { return &*row_; }
        iterator& operator++() {
            row_ = host_->next();
            return *this;
        }
        void operator++(int) { ++*this; }

        friend bool operator==(const iterator& a, const iterator& b) noexcept {
            return a.row_.has_value() == b.row_.has_value();
        }
        friend bool operator!=(const iterator& a, const iterator& b) noexcept { return !(a == b); }

    private:
        Host* host_ = nullptr;
        std::optional<Decision> row_;
    };

    explicit Outbox(Host& host) noexcept : host_(&host) {}

    iterator begin() const { return iterator(*host_); }
    iterator end() const noexcept { return iterator(); }

private:
    Host* host_;
};
#endif

struct EngineCalls {
    using Raw = cjm_engine;
    static constexpr auto close = cjm_engine_free;
    static constexpr auto push = cjm_engine_push;
    static constexpr auto push_at = cjm_engine_push_at;
    static constexpr auto push_many = cjm_engine_push_many;
    static constexpr auto push_arrow = cjm_engine_push_arrow;
    static constexpr auto push_json = cjm_engine_push_json;
    static constexpr auto advance = cjm_engine_advance;
    static constexpr auto next_due = cjm_engine_next_due;
    static constexpr auto next_decision = cjm_engine_next_decision;
    static constexpr auto ack = cjm_engine_ack;
    static constexpr auto ack_at = cjm_engine_ack_at;
    static constexpr auto still_valid = cjm_engine_still_valid;
    static constexpr auto retract = cjm_engine_retract;
    static constexpr auto install = cjm_engine_install;
};

struct StoreCalls {
    using Raw = cjm_store;
    static constexpr auto close = cjm_store_close;
    static constexpr auto push = cjm_store_push;
    static constexpr auto push_at = cjm_store_push_at;
    static constexpr auto push_many = cjm_store_push_many;
    static constexpr auto push_arrow = cjm_store_push_arrow;
    static constexpr auto push_json = cjm_store_push_json;
    static constexpr auto advance = cjm_store_advance;
    static constexpr auto next_due = cjm_store_next_due;
    static constexpr auto next_decision = cjm_store_next_decision;
    static constexpr auto ack = cjm_store_ack;
    static constexpr auto ack_at = cjm_store_ack_at;
    static constexpr auto still_valid = cjm_store_still_valid;
    static constexpr auto retract = cjm_store_retract;
    static constexpr auto install = cjm_store_install;
};

}  // namespace detail

/// An engine in memory: what it knows ends with it, unless `snapshot` took it. Its calls are those of a Store.
class Engine : public detail::Host<detail::EngineCalls> {
public:
    /// Names nothing.
    Engine() = default;

    /// Takes a handle over.
    explicit Engine(cjm_engine raw) noexcept : Host(raw) {}

    /// One that knows nobody yet.
    static Returns<Engine> make(const Blueprint& blueprint) {
        cjm_engine raw{};
        const Status status = cjm_engine_new(blueprint.raw(), &raw);
        return detail::owner<Engine>(status, raw);
    }

    /// The one that a snapshot was taken of.
    static Returns<Engine> restore(const Blueprint& blueprint, std::string_view snapshot) {
        cjm_engine raw{};
        // bytes may be looked at as any character type
        const void* bytes = snapshot.data();
        const Status status =
            cjm_engine_restore(blueprint.raw(), static_cast<const std::uint8_t*>(bytes), snapshot.size(), &raw);
        return detail::owner<Engine>(status, raw);
    }

    /// All that it knows, as bytes: those of the answer's text, which is none.
    Returns<Answer> snapshot() {
        cjm_answer answer{};
        const Status status = cjm_engine_snapshot(raw(), &answer);
        return detail::owner<Answer>(status, answer);
    }

    /// Forgets a customer. CJM_NOT_FOUND when nobody has the identity.
    Returns<void> erase(Identity customer) {
        return detail::done(cjm_engine_erase(raw(), detail::text(customer.kind), detail::text(customer.value)));
    }
};

/// A durable engine in a file: what a call changed is there when it returns, whatever happens to the power. One process
/// has it: a child that was forked opens a file of its own.
class Store : public detail::Host<detail::StoreCalls> {
public:
    /// How a store is opened; see `cjm_store_options`.
    struct Options {
        cjm::Durability durability = cjm::Durability::full;
        /// Of Durability::batch.
        std::chrono::duration<std::uint32_t, std::milli> batch{};
        /// The last delivery sequence that the caller has seen: a file that stands below it is an old copy.
        std::optional<std::uint64_t> last_sequence;
        /// Most customers held in memory between calls; 0 for the usual number.
        std::uint64_t hold = 0;
    };

    /// Names nothing.
    Store() = default;

    /// Takes a handle over.
    explicit Store(cjm_store raw) noexcept : Host(raw) {}

    /// Opens a file, or makes one. CJM_LOCKED when it is open elsewhere; see `cjm_store_open`.
    static Returns<Store> open(std::string_view path, const Blueprint& blueprint) {
        cjm_store raw{};
        const Status status = cjm_store_open(detail::text(path), blueprint.raw(), &raw);
        return detail::owner<Store>(status, raw);
    }

    /// The same with options.
    static Returns<Store> open(std::string_view path, const Blueprint& blueprint, const Options& options) {
        cjm_store_options raw_options{};
        raw_options.struct_size = sizeof raw_options;
        raw_options.durability = static_cast<std::int32_t>(options.durability);
        raw_options.batch_ms = options.batch.count();
        raw_options.last_sequence = options.last_sequence.value_or(0);
        raw_options.has_last_sequence = options.last_sequence ? 1 : 0;
        raw_options.hold = options.hold;
        cjm_store raw{};
        const Status status = cjm_store_open_with(detail::text(path), blueprint.raw(), &raw_options, &raw);
        return detail::owner<Store>(status, raw);
    }

    /// Takes away everything of a customer, to the last byte in the file; the answer is a receipt. After CJM_IO the customer
    /// may be gone and its bytes not: call it again until it gives something else; see `cjm_store_erase`.
    Returns<Answer> erase(Identity customer) {
        cjm_answer receipt{};
        const Status status =
            cjm_store_erase(raw(), detail::text(customer.kind), detail::text(customer.value), &receipt);
        return detail::owner<Answer>(status, receipt);
    }

    /// Everything that is known of a customer; see `cjm_store_export`.
    Returns<Answer> export_customer(Identity customer) {
        cjm_answer answer{};
        const Status status =
            cjm_store_export(raw(), detail::text(customer.kind), detail::text(customer.value), &answer);
        return detail::owner<Answer>(status, answer);
    }

    /// Copies the whole store into another file, which must not be there yet.
    Returns<void> backup(std::string_view path) {
        return detail::done(cjm_store_backup(raw(), detail::text(path)));
    }

    /// Whether the file is a copy: what came since has to be sent again, until `caught_up`.
    Returns<bool> restored_backup() {
        std::int32_t restored = 0;
        const Status status = cjm_store_restored_backup(raw(), &restored);
        if (status != CJM_OK) return detail::failed<bool>(status);
        return restored != 0;
    }

    /// Says that what came since a backup was sent again.
    Returns<void> caught_up() { return detail::done(cjm_store_caught_up(raw())); }

    /// Waits for the disk: what returned before is durable then, whatever the store was opened with.
    Returns<void> flush() { return detail::done(cjm_store_flush(raw())); }
};

}  // inline namespace
}  // namespace cjm

#endif  /* CJM_HPP */
