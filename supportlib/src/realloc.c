#include "support.h"

// realloc(p, 0) gives a block of no size, as malloc(0) does.
WEAK void *realloc(void *p, size_t n) { return or_enomem(__mpyld_realloc(p, n)); }
