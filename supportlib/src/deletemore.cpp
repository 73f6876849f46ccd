#include "support.h"

WEAK void operator delete[](void *p) noexcept { operator delete(p); }
WEAK void operator delete(void *p, size) noexcept { operator delete(p); }
WEAK void operator delete[](void *p, size) noexcept { operator delete[](p); }
WEAK void operator delete(void *p, const std::nothrow_t &) noexcept { operator delete(p); }
WEAK void operator delete[](void *p, const std::nothrow_t &) noexcept { operator delete[](p); }
