// What the headers of the C++ library call instead of throwing. These are
// internals of libstdc++ (bits/functexcept.h), whose names are part of its ABI.
#include "support.h"

namespace std {
WEAK NORETURN void __throw_bad_alloc() { no_memory(); }
WEAK NORETURN void __throw_bad_array_new_length() { no_memory(); }
WEAK NORETURN void __throw_bad_function_call() { __mpyld_raise(RuntimeError, "bad_function_call"); }
WEAK NORETURN void __throw_length_error(const char *what) { __mpyld_raise(ValueError, what); }
WEAK NORETURN void __throw_logic_error(const char *what) { __mpyld_raise(ValueError, what); }
WEAK NORETURN void __throw_invalid_argument(const char *what) { __mpyld_raise(ValueError, what); }
WEAK NORETURN void __throw_domain_error(const char *what) { __mpyld_raise(ValueError, what); }
WEAK NORETURN void __throw_out_of_range(const char *what) { __mpyld_raise(IndexError, what); }
WEAK NORETURN void __throw_out_of_range_fmt(const char *format, ...) { __mpyld_raise(IndexError, format); }
WEAK NORETURN void __throw_runtime_error(const char *what) { __mpyld_raise(RuntimeError, what); }
} // namespace std
