#include "support.h"

static bool good(size_t align) { return align != 0 && (align & (align - 1)) == 0; }

WEAK void *memalign(size_t align, size_t n) {
    if (!good(align)) {
        *__errno() = EINVAL;
        return NULL;
    }
    return or_enomem(__mpyld_aligned_alloc(n, align));
}
WEAK void *aligned_alloc(size_t align, size_t n) { return memalign(align, n); }
WEAK void *_memalign_r(void *reent, size_t align, size_t n) { return memalign(align, n); }

WEAK int posix_memalign(void **to, size_t align, size_t n) {
    if (!good(align) || align % sizeof(void *)) {
        return EINVAL;
    }
    void *p = __mpyld_aligned_alloc(n, align);
    if (!p) {
        return ENOMEM;
    }
    *to = p;
    return 0;
}
