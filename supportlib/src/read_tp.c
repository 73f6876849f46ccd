// Arm code adds the thread pointer to what it knows of a thread-local variable. Modules have
// no threads: what it knows is the variable's address, so the pointer is 0. (Thread pointer
// accessor, "Run-time ABI for the Arm Architecture"; picolibc's returns a variable that is 0
// until somebody sets it.)
#include "support.h"

#ifdef __arm__
void *__aeabi_read_tp(void);
WEAK void *__aeabi_read_tp(void) { return NULL; }
#endif
