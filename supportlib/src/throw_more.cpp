// The rest of bits/functexcept.h, which fewer headers call.
#include "support.h"

namespace std {
WEAK NORETURN void __throw_range_error(const char *what) { __mpyld_raise(ValueError, what); }
WEAK NORETURN void __throw_overflow_error(const char *what) { __mpyld_raise(OverflowError, what); }
WEAK NORETURN void __throw_underflow_error(const char *what) { __mpyld_raise(RuntimeError, what); }
WEAK NORETURN void __throw_bad_exception() { __mpyld_raise(RuntimeError, "bad_exception"); }
WEAK NORETURN void __throw_bad_cast() { __mpyld_raise(TypeError, "bad_cast"); }
WEAK NORETURN void __throw_bad_typeid() { __mpyld_raise(TypeError, "bad_typeid"); }
WEAK NORETURN void __throw_system_error(int) { __mpyld_raise(RuntimeError, "system_error"); }
WEAK NORETURN void __throw_future_error(int) { __mpyld_raise(RuntimeError, "future_error"); }
WEAK NORETURN void __throw_ios_failure(const char *what) { __mpyld_raise(RuntimeError, what); }
WEAK NORETURN void __throw_ios_failure(const char *what, int) { __mpyld_raise(RuntimeError, what); }
} // namespace std
