#include "support.h"

WEAK void operator delete(void *p) noexcept { __mpyld_free(p); }
