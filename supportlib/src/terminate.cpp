#include "support.h"

namespace std {
WEAK NORETURN void terminate() noexcept { __mpyld_raise(RuntimeError, "std::terminate() called"); }
} // namespace std
