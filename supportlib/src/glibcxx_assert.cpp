// What libstdc++'s headers call with _GLIBCXX_ASSERTIONS, which is on at -O0
// since GCC 15.
#include "support.h"

namespace std {
WEAK NORETURN void __glibcxx_assert_fail(const char *file, int line, const char *function, const char *condition) noexcept {
    __mpyld_assert(file, line, function, condition);
}
} // namespace std
