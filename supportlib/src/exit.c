// Registering functions for the end of the program, which never comes: a module
// is never unloaded. C libraries' own keep lists on a heap, with locks.
#include "support.h"

WEAK int __cxa_atexit(void (*f)(void *), void *arg, void *dso) { return 0; }
WEAK int __aeabi_atexit(void *arg, void (*f)(void *), void *dso) { return 0; } // Arm C++ ABI, 3.3.4
WEAK int atexit(void (*f)(void)) { return 0; }
