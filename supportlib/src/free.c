#include "support.h"

WEAK void free(void *p) { __mpyld_free(p); }
