#include "support.h"

WEAK void *operator new(size n, const std::nothrow_t &) noexcept { return __mpyld_alloc(n); }
WEAK void *operator new[](size n, const std::nothrow_t &) noexcept { return __mpyld_alloc(n); }
