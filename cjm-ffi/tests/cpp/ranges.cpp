// cjm.hpp in C++20: an outbox is a range.   ranges BLUEPRINT
#include "check.hpp"

#include <algorithm>
#include <iterator>
#include <ranges>

using Outbox = decltype(std::declval<cjm::Engine&>().outbox());
static_assert(std::ranges::input_range<Outbox> && std::ranges::common_range<Outbox>);
static_assert(!std::ranges::forward_range<Outbox>);
static_assert(std::input_iterator<std::ranges::iterator_t<Outbox>>);

int main(int argc, char** argv) {
    CHECK(argc == 2);
    cjm::Engine engine = cjm::Engine::make(cjm::Blueprint::load(argv[1]));
    for (int n = 1; n <= 3; ++n) {
        engine.push_json(consent(n));
        engine.push_json(cancelled(n));
    }
    engine.advance(cjm::parse_time("2026-03-02T12:06:00+08:00"));
    Outbox outbox = engine.outbox();
    const auto is_second = [](const cjm::Decision& row) { return row.customer() == "m-2"; };
    CHECK(std::ranges::count_if(outbox, is_second) == 1);
    return 0;
}
