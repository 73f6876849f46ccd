// One errno for all of a module. newlib's is in a structure of 1072 bytes with
// all its state, picolibc's and glibc's are thread-local; modules have no
// threads. How a C library finds it: __errno (newlib), __errno_location
// (glibc, musl), by name (picolibc).
#include "support.h"

WEAK int errno;

// Some of newlib's functions do not ask, but take it from the structure. Where
// one of them is in the module, and only then, that one is everybody's.
extern int *_impure_ptr WEAK; // struct _reent, which starts with int _errno

WEAK int *__errno(void) { return &_impure_ptr ? _impure_ptr : &errno; }
WEAK int *__errno_location(void) { return &errno; }
WEAK int *___errno_location(void) { return &errno; } // musl's own functions
