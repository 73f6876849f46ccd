#include "support.h"

using std::align_val_t;
using std::nothrow_t;

WEAK void *operator new(size n, align_val_t align) {
    void *p = __mpyld_aligned_alloc(n, size(align));
    if (!p) {
        no_memory();
    }
    return p;
}
WEAK void *operator new[](size n, align_val_t align) { return operator new(n, align); }
WEAK void *operator new(size n, align_val_t align, const nothrow_t &) noexcept { return __mpyld_aligned_alloc(n, size(align)); }
WEAK void *operator new[](size n, align_val_t align, const nothrow_t &) noexcept { return __mpyld_aligned_alloc(n, size(align)); }
WEAK void operator delete(void *p, align_val_t) noexcept { __mpyld_free(p); }
WEAK void operator delete[](void *p, align_val_t) noexcept { __mpyld_free(p); }
WEAK void operator delete(void *p, size, align_val_t) noexcept { __mpyld_free(p); }
WEAK void operator delete[](void *p, size, align_val_t) noexcept { __mpyld_free(p); }
WEAK void operator delete(void *p, align_val_t, const nothrow_t &) noexcept { __mpyld_free(p); }
WEAK void operator delete[](void *p, align_val_t, const nothrow_t &) noexcept { __mpyld_free(p); }
