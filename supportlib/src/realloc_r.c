#include "support.h"

void *realloc(void *p, size_t n);

WEAK void *_realloc_r(void *reent, void *p, size_t n) { return realloc(p, n); }
