// Names the program to __cxa_atexit, which has no use for it here. It is
// constant so that it lies near the code, which reaches it PC-relative.
#include "support.h"

WEAK void *const __dso_handle = NULL;
