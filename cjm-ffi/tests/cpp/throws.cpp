// cjm.hpp with exceptions: what owns what, what throws, how an outbox is walked.   throws BLUEPRINT FILE
#include "check.hpp"

#include <type_traits>
#include <vector>

// of beside.cpp, which takes errors as results
int beside(const char* blueprint);

namespace {

static_assert(std::is_nothrow_move_constructible_v<cjm::Store> && std::is_nothrow_move_assignable_v<cjm::Store>);
static_assert(!std::is_copy_constructible_v<cjm::Store> && !std::is_copy_assignable_v<cjm::Blueprint>);
static_assert(std::is_nothrow_destructible_v<cjm::Store> && std::is_nothrow_destructible_v<cjm::Blueprint>);
static_assert(std::is_base_of_v<std::exception, cjm::Error>);

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
    times();
    return beside(argv[1]);
}
