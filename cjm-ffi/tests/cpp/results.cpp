// cjm.hpp without exceptions and RTTI: every call says whether it went well.   results BLUEPRINT FILE
#include "check.hpp"

#ifndef CJM_NO_EXCEPTIONS
#error "cjm.hpp sees by itself that there are no exceptions"
#endif

int main(int argc, char** argv) {
    CHECK(argc == 3);
    CHECK(cjm::check_abi());
    const auto broken = cjm::Blueprint::parse("cjm: 1\n");
    CHECK(!broken && broken.status() == CJM_BLUEPRINT);
    CHECK(broken.error().json().find("\"findings\"") != std::string::npos);

    cjm::Result<cjm::Blueprint> blueprint = cjm::Blueprint::load(argv[1]);
    CHECK(blueprint && blueprint.status() == CJM_OK);
    cjm::Result<cjm::Store> opened = cjm::Store::open(argv[2], *blueprint);
    CHECK(opened);
    CHECK(cjm::Store::open(argv[2], *blueprint).status() == CJM_LOCKED);
    cjm::Store store = std::move(opened).value();

    CHECK(store.push_json(consent(1)) && store.push_json(cancelled(1)));
    CHECK(store.push_json("{").status() == CJM_BAD_EVENT);
    const cjm::Result<cjm::Time> now = cjm::parse_time("2026-03-02T12:06:00+08:00");
    CHECK(now && !cjm::parse_time("noon"));
    CHECK(store.advance(*now));

    int rows = 0;
    for (;;) {
        const auto row = store.next();
        CHECK(row);
        if (!*row) break;
        const cjm::Decision& decision = **row;
        CHECK(decision.rule() == "cancel_save" && decision.channel() == "wechat");
        CHECK(store.ack(decision, cjm::Outcome::delivered));
        ++rows;
    }
    CHECK(rows == 1);
    const cjm::Identity who{"member", "m-1"};
    const auto known = store.export_customer(who);
    CHECK(known && known->text().find("order_cancelled") != std::string_view::npos);
    CHECK(store.push(cjm::Event("left", *now).identity(who.kind, who.value)));
    CHECK(store.push(cjm::Event("left", *now)).status() == CJM_BAD_EVENT);
    const auto due = store.next_due();
    CHECK(due);
    const auto backup = store.restored_backup();
    CHECK(backup && !*backup);
    cjm::Result<cjm::Engine> engine = cjm::Engine::make(*blueprint);
    CHECK(engine && engine->push_json(consent(1)) && engine->snapshot());
    CHECK(store.close());
    const cjm::Result<void> closed = store.push_json(consent(1));
    CHECK(!closed && closed.status() == CJM_BAD_HANDLE && !closed.error().message().empty());
    return 0;
}
