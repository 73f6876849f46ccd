#include "support.h"

void *calloc(size_t n, size_t size);

WEAK void *_calloc_r(void *reent, size_t n, size_t size) { return calloc(n, size); }
