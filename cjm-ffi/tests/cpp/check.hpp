// What the programs of this folder have in common. Each says before it how it takes errors.
#pragma once

#include <cjm/cjm.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>

#define CHECK(what)                                                                \
    do {                                                                           \
        if (!(what)) {                                                             \
            std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what); \
            std::exit(1);                                                          \
        }                                                                          \
    } while (false)

/// The nth member agrees to be written to.
inline std::string consent(int n) {
    const std::string number = std::to_string(n);
    return R"({"id":"a)" + number + R"(","source":"till-1","name":"consent_changed",)" +
           R"("time":"2026-03-01T10:00:00+08:00","identities":{"member":"m-)" + number +
           R"("},"attributes":{"channel":"wechat","purpose":"marketing","granted":true}})";
}

/// The nth member cancels an order.
inline std::string cancelled(int n) {
    const std::string number = std::to_string(n);
    return R"({"id":"c)" + number + R"(","source":"till-1","name":"order_cancelled",)" +
           R"("time":"2026-03-02T12:00:00+08:00","identities":{"member":"m-)" + number +
           R"("},"attributes":{"order_id":"o-)" + number + R"(","reason":"too_slow"}})";
}
