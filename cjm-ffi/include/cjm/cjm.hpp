/* cjm for C++17: the calls of cjm.h as types that own what they name. Header only.
 *
 * Errors. With exceptions every call that can fail gives its value and throws `cjm::Error`. With CJM_NO_EXCEPTIONS
 * defined, which is so by itself under -fno-exceptions, the same call gives a `cjm::Result` of that value, which says
 * whether it has one. The comments call both `Returns`. Nothing here needs RTTI.
 *
 * Ownership. Blueprint and Store own their handle: they are moved, not copied, and their end closes what they own.
 * One that was moved from, or made without anything, is empty: its calls give CJM_BAD_HANDLE.
 *
 * Text goes in as std::string_view and is read before the call returns. It comes out as std::string_view where it is
 * the library's (of a Decision: see there), as std::string where it is the caller's.
 *
 * Threads. One thread at a time uses an object; another one gets CJM_BUSY. Different objects know nothing of each
 * other. An object may be handed to another thread.
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
#include <utility>

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
            close();
            raw_ = other.release();
        }
        return *this;
    }
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    ~Owned() { close(); }

    Raw raw() const noexcept { return raw_; }

    Raw release() noexcept { return std::exchange(raw_, Raw{}); }

    /// Of one that another thread uses the handle stays: it was not given back.
    Status close() noexcept {
        const Status status = raw_.raw == 0 ? CJM_OK : Close(raw_);
        if (status != CJM_BUSY) raw_ = Raw{};
        return status;
    }

private:
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
        if (status != CJM_OK) return detail::failed<Blueprint>(status);
        return Blueprint(raw);
    }

    /// Reads YAML or JSON text.
    static Returns<Blueprint> parse(std::string_view text) {
        cjm_blueprint raw{};
        const Status status = cjm_blueprint_parse(detail::text(text), &raw);
        if (status != CJM_OK) return detail::failed<Blueprint>(status);
        return Blueprint(raw);
    }

    /// The handle, for calls of C.
    cjm_blueprint raw() const noexcept { return owned_.raw(); }

    /// Gives the handle away; it is empty from then on.
    cjm_blueprint release() noexcept { return owned_.release(); }

private:
    detail::Owned<cjm_blueprint, cjm_blueprint_free> owned_;
};

/// A durable engine in a file: what a call changed is there when it returns, whatever happens to the power.
class Store {
public:
    /// Names nothing.
    Store() = default;

    /// Takes a handle over.
    explicit Store(cjm_store raw) noexcept : owned_(raw) {}

    /// Opens a file, or makes one. CJM_LOCKED when it is open elsewhere; see `cjm_store_open`.
    static Returns<Store> open(std::string_view path, const Blueprint& blueprint) {
        cjm_store raw{};
        const Status status = cjm_store_open(detail::text(path), blueprint.raw(), &raw);
        if (status != CJM_OK) return detail::failed<Store>(status);
        return Store(raw);
    }

    /// Takes in an event as a line of JSON; see `cjm_store_push_json`.
    Returns<void> push_json(std::string_view json) {
        return detail::done(cjm_store_push_json(raw(), detail::text(json)));
    }

    /// Lets time pass up to `now` for everybody. What is decided waits in the outbox.
    Returns<void> advance(Time now) { return detail::done(cjm_store_advance(raw(), detail::micros(now))); }

    /// The next decision of a pass over the outbox, or none at its end, after which a new pass begins. What was not
    /// acknowledged comes again in the next pass.
    Returns<std::optional<Decision>> next() {
        cjm_decision row{};
        row.struct_size = sizeof row;
        const Status status = cjm_store_next_decision(raw(), &row);
        if (status == CJM_ROW) return std::optional<Decision>(Decision(row));
        if (status == CJM_DONE) return std::optional<Decision>();
        return detail::failed<std::optional<Decision>>(status);
    }

    /// Tells what became of a decision: it is handed over no more. CJM_NOT_FOUND for one that is not remembered.
    Returns<void> ack(const Id& decision, Outcome outcome) {
        return detail::done(cjm_store_ack(raw(), decision.raw(), static_cast<std::int32_t>(outcome)));
    }

    /// The same of a decision at hand.
    Returns<void> ack(const Decision& decision, Outcome outcome) { return ack(decision.id(), outcome); }

    /// Closes it, and says how that went; its end does the same without a word. It is empty from then on, but for
    /// CJM_BUSY, which leaves it open.
    Returns<void> close() { return detail::done(owned_.close()); }

    /// The handle, for calls of C.
    cjm_store raw() const noexcept { return owned_.raw(); }

    /// Gives the handle away; it is empty from then on.
    cjm_store release() noexcept { return owned_.release(); }

#ifndef CJM_NO_EXCEPTIONS
    class Outbox;

    /// The rows that the pass has yet to give: `for (const cjm::Decision& row : store.outbox())`. Left early, the next
    /// one goes on behind the last row.
    Outbox outbox();
#endif

private:
    detail::Owned<cjm_store, cjm_store_close> owned_;
};

#ifndef CJM_NO_EXCEPTIONS
/// The rest of a pass over an outbox, to be walked once. The store outlives it.
class Store::Outbox {
public:
    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Decision;
        using difference_type = std::ptrdiff_t;
        using pointer = const Decision*;
        using reference = const Decision&;

        /// The end.
        iterator() = default;
        explicit iterator(Store& store) : store_(&store) { ++*this; }

        reference operator*() const { return *row_; }
        pointer operator->() const { return &*row_; }
        iterator& operator++() {
            row_ = store_->next();
            return *this;
        }
        void operator++(int) { ++*this; }

        friend bool operator==(const iterator& a, const iterator& b) noexcept {
            return a.row_.has_value() == b.row_.has_value();
        }
        friend bool operator!=(const iterator& a, const iterator& b) noexcept { return !(a == b); }

    private:
        Store* store_ = nullptr;
        std::optional<Decision> row_;
    };

    explicit Outbox(Store& store) noexcept : store_(&store) {}

    iterator begin() const { return iterator(*store_); }
    iterator end() const noexcept { return iterator(); }

private:
    Store* store_;
};

inline Store::Outbox Store::outbox() { return Outbox(*this); }
#endif

}  // inline namespace
}  // namespace cjm

#endif  /* CJM_HPP */
