// What new T[n] calls when n makes no sense.
#include "support.h"

WEAK NORETURN void __cxa_throw_bad_array_new_length(void) { no_memory(); }
WEAK NORETURN void __cxa_throw_bad_array_length(void) { no_memory(); }
