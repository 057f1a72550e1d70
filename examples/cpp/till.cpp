// A till in C++17. A guest agrees to be written to, then cancels an order; five minutes later a coupon is due. It is
// handed over until it is acknowledged, and never again after that, whatever is sent twice and however often the till
// restarts.
//
//     cargo xtask install --prefix /usr/local        once, from the top of the project
//     cmake -S examples/cpp -B build && cmake --build build
//     build/till examples/blueprints/restaurant.yaml till.db
//
// The file is to be new: what is expected of it stands in examples/expected/till.txt, for C, Rust and Python too.
#include <cjm/cjm.hpp>
#include <iostream>

namespace {

constexpr std::string_view consent = R"({"id":"e0","source":"till-1","name":"consent_changed",
    "time":"2026-03-01T10:00:00+08:00","identities":{"member":"m-1"},
    "attributes":{"channel":"wechat","purpose":"marketing","granted":true}})";
constexpr std::string_view cancelled = R"({"id":"e1","source":"till-1","name":"order_cancelled",
    "time":"2026-03-02T12:00:00+08:00","identities":{"member":"m-1"},
    "attributes":{"order_id":"o-2","reason":"too_slow"}})";
// the same id with another body
constexpr std::string_view contradicting = R"({"id":"e1","source":"till-1","name":"order_cancelled",
    "time":"2026-03-02T12:00:00+08:00","identities":{"member":"m-1"},
    "attributes":{"order_id":"o-2","reason":"other"}})";

// What happened until six minutes after noon.
void happen(cjm::Store& store) {
    store.push_json(consent);
    store.push_json(cancelled);
    store.advance(cjm::parse_time("2026-03-02T12:06:00+08:00"));
}

// One decision on two lines: in words, and whole.
std::ostream& operator<<(std::ostream& out, const cjm::Decision& one) {
    return out << one.rule() << ' ' << one.action() << ' ' << one.target() << " to " << one.customer_kind() << ' '
               << one.customer() << " by " << one.channel() << " due " << cjm::format_time(one.due()) << '\n'
               << one.json() << '\n';
}

// One pass over the outbox.
void hand_over(cjm::Store& store, bool acknowledge) {
    bool any = false;
    for (const cjm::Decision& decision : store.outbox()) {
        any = true;
        std::cout << decision;
        if (acknowledge) {
            store.ack(decision, cjm::Outcome::delivered);
            std::cout << "acknowledged\n";
        }
    }
    if (!any) std::cout << "nothing\n";
}

void till(std::string_view blueprint_file, std::string_view store_file) {
    const cjm::Blueprint blueprint = cjm::Blueprint::load(blueprint_file);

    std::cout << "# a cancelled order, six minutes later\n";
    {
        cjm::Store store = cjm::Store::open(store_file, blueprint);
        happen(store);
        hand_over(store, false);
    }

    std::cout << "# the till starts again: what was not acknowledged comes again\n";
    {
        cjm::Store store = cjm::Store::open(store_file, blueprint);
        hand_over(store, true);

        std::cout << "# the same events again\n";
        happen(store);
        hand_over(store, true);

        std::cout << "# one of them with another body\n";
        try {
            store.push_json(contradicting);
        } catch (const cjm::Error& error) {
            std::cout << error.name() << '\n';
        }
    }

    std::cout << "# the till starts again\n";
    cjm::Store store = cjm::Store::open(store_file, blueprint);
    hand_over(store, true);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "till BLUEPRINT FILE\n";
        return 2;
    }
    try {
        cjm::check_abi();
        till(argv[1], argv[2]);
    } catch (const cjm::Error& error) {
        std::cerr << "till: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
