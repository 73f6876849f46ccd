// In vtables, where a class defines nothing to call.
#include "support.h"

WEAK NORETURN void __cxa_pure_virtual(void) { __mpyld_raise(RuntimeError, "pure virtual method called"); }
WEAK NORETURN void __cxa_deleted_virtual(void) { __mpyld_raise(RuntimeError, "deleted virtual method called"); }
