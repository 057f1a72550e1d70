// cjm.hpp with exceptions: what owns what, what throws, how an outbox is walked.   throws BLUEPRINT FILE
#include "check.hpp"

#include <atomic>
#include <iterator>
#include <optional>
#include <thread>
#include <type_traits>
#include <vector>

// of beside.cpp, which takes errors as results
int beside(const char* blueprint);

namespace {

static_assert(std::is_nothrow_move_constructible_v<cjm::Store> && std::is_nothrow_move_assignable_v<cjm::Store>);
static_assert(!std::is_copy_constructible_v<cjm::Store> && !std::is_copy_assignable_v<cjm::Blueprint>);
static_assert(std::is_nothrow_destructible_v<cjm::Store> && std::is_nothrow_destructible_v<cjm::Blueprint>);
static_assert(std::is_base_of_v<std::exception, cjm::Error>);

// what does not compile, because it could mean nothing good
template <class Host, class = void>
constexpr bool has_outbox = false;
template <class Host>
constexpr bool has_outbox<Host, std::void_t<decltype(std::declval<Host>().outbox())>> = true;
static_assert(has_outbox<cjm::Store&> && has_outbox<cjm::Engine&>);
static_assert(!has_outbox<cjm::Store> && !has_outbox<cjm::Engine>);

template <class Value, class = void>
constexpr bool is_attribute = false;
template <class Value>
constexpr bool is_attribute<Value, std::void_t<decltype(std::declval<cjm::Event&>().with("x", std::declval<Value>()))>> =
    true;
static_assert(is_attribute<int> && is_attribute<std::int8_t> && is_attribute<std::uint8_t> && is_attribute<bool>);
static_assert(is_attribute<float> && is_attribute<const char*> && is_attribute<std::string&> && is_attribute<std::nullptr_t>);
static_assert(!is_attribute<char> && !is_attribute<const char&> && !is_attribute<wchar_t> && !is_attribute<char32_t>);
static_assert(!is_attribute<const int*> && !is_attribute<void*>);

// a row is gone when the next one is asked for: nothing of the outbox may ask for it afterwards
using Walk = decltype(std::declval<cjm::Store&>().outbox().begin());
static_assert(std::is_void_v<decltype(std::declval<Walk&>()++)>);
template <class Walk, class = void>
constexpr bool has_category = false;
template <class Walk>
constexpr bool has_category<Walk, std::void_t<typename std::iterator_traits<Walk>::iterator_category>> = true;
static_assert(!has_category<Walk> && has_category<const int*>);

template <class Call>
cjm::Status thrown(Call call) {
    try {
        call();
    } catch (const cjm::Error& error) {
        CHECK(error.message() == error.what() && !error.message().empty());
        CHECK(error.json().find("\"code\":\"" + std::string(error.name()) + "\"") != std::string::npos);
        return error.status();
    }
    return CJM_OK;
}

void blueprints(const char* file) {
    CHECK(thrown([] { cjm::Blueprint::load("no/such/file.yaml"); }) == CJM_IO);
    CHECK(thrown([] { cjm::Blueprint::parse("cjm: 1\n"); }) == CJM_BLUEPRINT);
    cjm::Blueprint one = cjm::Blueprint::load(file);
    cjm::Blueprint two = std::move(one);
    CHECK(one.raw().raw == 0 && two.raw().raw != 0);
    const cjm_blueprint raw = two.release();
    CHECK(two.raw().raw == 0 && raw.raw != 0);
    { const cjm::Blueprint owner(raw); }
    CHECK(cjm_blueprint_free(raw) == CJM_BAD_HANDLE);
}

void stores(const char* blueprint_file, const char* file) {
    cjm::Store store = cjm::Store::open(file, cjm::Blueprint::load(blueprint_file));
    CHECK(thrown([&] { cjm::Store::open(file, cjm::Blueprint::load(blueprint_file)); }) == CJM_LOCKED);
    CHECK(thrown([&] { cjm::Store::open(file, cjm::Blueprint()); }) == CJM_BAD_HANDLE);
    CHECK(thrown([&] { store.push_json("{"); }) == CJM_BAD_EVENT);
    // a part of a longer text, without a zero at its end
    const std::string longer = consent(1) + "and more";
    store.push_json(std::string_view(longer).substr(0, consent(1).size()));
    for (int n = 1; n <= 3; ++n) {
        store.push_json(consent(n));
        store.push_json(cancelled(n));
    }
    store.advance(cjm::parse_time("2026-03-02T12:06:00+08:00"));

    std::vector<cjm::Id> first, second;
    for (const cjm::Decision& row : store.outbox()) {
        CHECK(row.rule() == "cancel_save" && row.action() == "send" && row.customer_kind() == "member");
        CHECK(row.json().find(row.id().hex()) != std::string_view::npos && row.id().hex().size() == 32);
        CHECK(row.sequence() == row.raw().sequence && row.due() == row.due());
        first.push_back(row.id());
        break;
    }
    // left early, the pass goes on; the next one begins at the first row
    for (const cjm::Decision& row : store.outbox()) first.push_back(row.id());
    for (const cjm::Decision& row : store.outbox()) second.push_back(row.id());
    CHECK(first.size() == 3 && first == second && first[0] != first[1]);
    CHECK((first[0] < first[1]) != (first[1] < first[0]));
    for (const cjm::Id& id : first) store.ack(id, cjm::Outcome::delivered);
    CHECK(!store.next());
    CHECK(thrown([&] { store.ack(cjm::Id(), cjm::Outcome::sent); }) == CJM_NOT_FOUND);

    cjm::Store moved = std::move(store);
    CHECK(thrown([&] { store.push_json(consent(1)); }) == CJM_BAD_HANDLE);
    moved.close();
    CHECK(thrown([&] { moved.next(); }) == CJM_BAD_HANDLE);
    moved.close();
    moved = cjm::Store::open(file, cjm::Blueprint::load(blueprint_file));
    moved = cjm::Store();
    cjm::Store::open(file, cjm::Blueprint::load(blueprint_file)).close();
}

cjm::Event cart(const cjm::Identity& who, std::string_view id, cjm::Time time) {
    cjm::Event event("add_to_cart", time);
    event.id("till-1", id).channel("store").sequence(1).identity(who.kind, who.value);
    event.with("order_id", "o-1").with("dish", std::string_view("noodles")).with("amount", cjm::Decimal{"38.00"});
    return event;
}

void engines(const char* blueprint_file) {
    using std::chrono::minutes;
    const cjm::Blueprint blueprint = cjm::Blueprint::load(blueprint_file);
    CHECK(blueprint.ask(R"({"ask": "check"})").text() == "[]");
    CHECK(thrown([&] { blueprint.ask(R"({"ask": "the time"})"); }) == CJM_ARGUMENT);
    cjm::Engine engine = cjm::Engine::make(blueprint);
    CHECK(!engine.next_due());
    engine.push_json(consent(1));
    const cjm::Identity who{"member", "m-1"};
    const cjm::Time noon = cjm::parse_time("2026-03-01T12:00:00+08:00");
    engine.push(cart(who, "c1", noon), noon);
    CHECK(thrown([&] { engine.push(cart(who, "c2", noon + std::chrono::hours(48)), noon); }) == CJM_FUTURE);
    std::size_t taken = 7;
    // a repeat, then the same with another body
    std::vector<cjm::Event> many{cart(who, "c1", noon), cart(who, "c1", noon).with("more", true)};
    many[1].with("dish", "soup");
    CHECK(thrown([&] { engine.push_many(many, &taken); }) != CJM_OK && taken == 1);
    CHECK(thrown([&] { engine.push_arrow(nullptr, nullptr, "{}", &taken); }) == CJM_ARGUMENT);
    CHECK(engine.next_due() == noon + minutes(30));

    // the same from its snapshot
    const cjm::Answer bytes = engine.snapshot();
    cjm::Engine again = cjm::Engine::restore(blueprint, bytes.text());
    CHECK(again.snapshot().text() == bytes.text());
    CHECK(thrown([&] { cjm::Engine::restore(blueprint, "no snapshot"); }) == CJM_STATE);
    again.advance(noon + minutes(31));
    int rows = 0;
    for (const cjm::Decision& row : again.outbox()) {
        CHECK(row.rule() == "cart_rescue" && again.still_valid(row.id()));
        CHECK(again.still_valid(row.id(), noon + minutes(40)));
        again.ack(row, cjm::Outcome::delivered, noon + minutes(32));
        ++rows;
    }
    CHECK(rows == 1);
    CHECK(again.ask(R"({"ask": "status"})").text().find("\"customers\":1") != std::string_view::npos);
    CHECK(again.install(blueprint).text().size() > 2);
    again.erase(who);
    CHECK(thrown([&] { again.erase(who); }) == CJM_NOT_FOUND);

    engine.retract(who, "till-1", "c1");
    CHECK(!engine.next_due());
    engine.close();
    CHECK(thrown([&] { engine.snapshot(); }) == CJM_BAD_HANDLE);
    CHECK(cjm::Answer().text().empty());
}

void files(const char* blueprint_file, const std::string& file) {
    const cjm::Blueprint blueprint = cjm::Blueprint::load(blueprint_file);
    cjm::Store::Options options;
    options.durability = cjm::Durability::batch;
    options.batch = std::chrono::seconds(1);
    options.last_sequence = 0;
    options.hold = 10;
    cjm::Store store = cjm::Store::open(file, blueprint, options);
    CHECK(!store.restored_backup());
    const cjm::Time noon = cjm::parse_time("2026-03-03T12:00:00+08:00");
    std::size_t taken = 0;
    store.push_many({cart({"member", "m-9"}, "c8", noon), cart({"member", "m-9"}, "c9", noon)}, &taken);
    CHECK(taken == 2);
    store.flush();
    store.backup(file + ".copy");
    cjm::Store copy = cjm::Store::open(file + ".copy", blueprint);
    CHECK(copy.restored_backup());
    copy.caught_up();
    CHECK(!copy.restored_backup());
    CHECK(store.export_customer({"member", "m-9"}).text().find("noodles") != std::string_view::npos);
    CHECK(store.erase({"member", "m-9"}).text().find("\"customers\":1") != std::string_view::npos);
    CHECK(thrown([&] { store.export_customer({"member", "m-9"}); }) == CJM_NOT_FOUND);
    // a file below what its host has seen
    store.close();
    options.last_sequence = 3;
    store = cjm::Store::open(file, blueprint, options);
    CHECK(store.restored_backup());
}

// every kind of attribute has its type in C
void attributes() {
    const cjm::Time now = cjm::parse_time("2026-03-01T12:00:00Z");
    cjm::Event event("any", now);
    event.with("a", "text").with("b", std::string_view("view")).with("c", cjm::Decimal{"1.5"}).with("d", now);
    event.with("e", std::chrono::hours(1)).with("f", 0.5).with("g", 7).with("h", 7U).with("i", 7L).with("j", true);
    const std::int32_t kinds[] = {CJM_KIND_TEXT,   CJM_KIND_TEXT,    CJM_KIND_DECIMAL, CJM_KIND_TIME,    CJM_KIND_DURATION,
                                  CJM_KIND_NUMBER, CJM_KIND_INTEGER, CJM_KIND_INTEGER, CJM_KIND_INTEGER, CJM_KIND_BOOLEAN};
    const cjm_event raw = event.raw();
    CHECK(raw.n_attributes == std::size(kinds));
    for (std::size_t i = 0; i < raw.n_attributes; ++i) CHECK(raw.attributes[i].kind == kinds[i]);
    CHECK(raw.attributes[4].value.integer == 3'600'000'000);
    // no text at all is absent
    const char* none = nullptr;
    cjm::Event absent("any", now);
    absent.with("a", none).with("b", nullptr).with("c", std::int8_t{-1}).with("d", std::uint8_t{200});
    const cjm_event bare = absent.raw();
    CHECK(bare.n_attributes == 4 && bare.attributes[0].kind == CJM_KIND_NULL && bare.attributes[1].kind == CJM_KIND_NULL);
    CHECK(bare.attributes[2].value.integer == -1 && bare.attributes[3].value.integer == 200);
}

// who is given another store while a thread is in a call on the old one: the old one is closed when the call returns
void in_use(const char* blueprint_file, const std::string& file) {
    const cjm::Blueprint blueprint = cjm::Blueprint::load(blueprint_file);
    const cjm::Time noon = cjm::parse_time("2026-03-03T12:00:00+08:00");
    std::vector<std::string> ids;
    for (int n = 0; n < 100; ++n) ids.push_back("c" + std::to_string(n));
    std::vector<cjm::Event> carts;
    for (const std::string& id : ids) carts.push_back(cart({"member", id}, id, noon));
    std::vector<cjm_event> raw_carts;
    for (const cjm::Event& one : carts) raw_carts.push_back(one.raw());
    for (const bool assigned : {true, false}) {
        std::optional<cjm::Store> store(cjm::Store::open(file, blueprint));
        const cjm_store raw = store->raw();
        std::atomic<bool> was_seen{false};
        std::thread other([&raw_carts, &was_seen, raw] {
            while (!was_seen) (void)cjm_store_push_many(raw, raw_carts.data(), raw_carts.size(), nullptr);
        });
        while (thrown([&] { store->restored_backup(); }) != CJM_BUSY) std::this_thread::yield();
        was_seen = true;
        if (assigned) {
            *store = cjm::Store();
            CHECK(store->raw().raw == 0);
        } else {
            store.reset();
        }
        CHECK(cjm_store_close(raw) == CJM_BAD_HANDLE);
        other.join();
        cjm::Store::open(file, blueprint).close();
    }
}

// readers of one answer do not wait for each other, and none gets less than all of it
void answers(const char* blueprint_file) {
    const cjm::Blueprint blueprint = cjm::Blueprint::load(blueprint_file);
    const cjm::Answer answer = blueprint.ask(R"({"ask": "blueprint"})");
    const std::string_view whole = answer.text();
    CHECK(whole.size() > 100);
    std::atomic<int> wrong{0};
    std::vector<std::thread> readers;
    for (int n = 0; n < 4; ++n) {
        readers.emplace_back([&] {
            for (int time = 0; time < 5000; ++time) wrong += answer.text().data() != whole.data();
        });
    }
    for (std::thread& reader : readers) reader.join();
    CHECK(wrong == 0);
}

void times() {
    const cjm::Time noon = cjm::parse_time("2026-03-01T12:00:00+08:00");
    CHECK(cjm::format_time(noon) == "2026-03-01T04:00:00Z");
    CHECK(cjm::format_time(noon + std::chrono::milliseconds(1500)) == "2026-03-01T04:00:01.5Z");
    CHECK(cjm::format_time(cjm::Time::max()).empty());
    CHECK(thrown([] { cjm::parse_time("noon"); }) == CJM_ARGUMENT);
}

}  // namespace

int main(int argc, char** argv) {
    CHECK(argc == 3);
    cjm::check_abi();
    CHECK(cjm::version() == "0.1.0");
    blueprints(argv[1]);
    stores(argv[1], argv[2]);
    engines(argv[1]);
    files(argv[1], argv[2]);
    in_use(argv[1], argv[2] + std::string(".used"));
    attributes();
    answers(argv[1]);
    times();
    return beside(argv[1]);
}
