#include "support.h"

void free(void *p);

WEAK void _free_r(void *reent, void *p) { free(p); }
