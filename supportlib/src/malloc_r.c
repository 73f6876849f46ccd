// What newlib's own functions call. The first argument holds its state.
#include "support.h"

void *malloc(size_t n);

WEAK void *_malloc_r(void *reent, size_t n) { return malloc(n); }
