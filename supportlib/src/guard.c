// Static variables of functions, initialised at the first call. The guard has
// 4 bytes on Arm (Arm C++ ABI, 3.2.3) and 8 elsewhere (Itanium C++ ABI, 3.3.3);
// in both the lowest bit of the first byte says that it is done. There is no
// mark of an initialisation that is under way: an exception of Python's that
// leaves it must not bar the next try.
#include "support.h"

WEAK int __cxa_guard_acquire(char *guard) { return !(*guard & 1); }
WEAK void __cxa_guard_release(char *guard) { *guard = 1; }
WEAK void __cxa_guard_abort(char *guard) {}
