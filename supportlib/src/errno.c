// One errno for all of a module. newlib's is in a structure of 1072 bytes with
// all its state, picolibc's and glibc's are thread-local; modules have no
// threads. How a C library finds it: __errno (newlib), __errno_location
// (glibc), by name (picolibc).
#include "support.h"

WEAK int errno;

WEAK int *__errno(void) { return &errno; }
WEAK int *__errno_location(void) { return &errno; }
