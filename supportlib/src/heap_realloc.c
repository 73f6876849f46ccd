#include "support.h"

void *memmove(void *to, const void *from, size_t n);

WEAK void *__mpyld_realloc(void *p, size_t n) {
    if (!p) {
        return __mpyld_alloc(n);
    }
    struct block *b = block_of(p);
    if (inside(b)) {
        void *to = __mpyld_alloc(n);
        if (to) {
            size_t had = ((size_t *)b)[-1];
            memmove(to, p, n < had ? n : had);
            __mpyld_free(p);
        }
        return to;
    }
    b = n + HEADER > n ? heap_realloc(b, n + HEADER, true) : NULL;
    if (!b) {
        return NULL;
    }
    // It may have moved.
    *(b->prev ? &b->prev->next : &__mpyld_heap) = b;
    if (b->next) {
        b->next->prev = b;
    }
    return (char *)b + HEADER;
}
