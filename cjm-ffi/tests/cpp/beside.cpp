// A file that takes errors as results, in a program whose other files take them as exceptions.
#define CJM_NO_EXCEPTIONS
#include "check.hpp"

int beside(const char* blueprint);

int beside(const char* blueprint) {
    const cjm::Result<cjm::Blueprint> none = cjm::Blueprint::load("no/such/file.yaml");
    CHECK(!none && none.status() == CJM_IO && none.error().name() == "io");
    const cjm::Result<cjm::Blueprint> one = cjm::Blueprint::load(blueprint);
    CHECK(one && one->raw().raw != 0);
    return 0;
}
