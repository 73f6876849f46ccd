// Memory with more alignment than blocks have starts further into a block.
#include "support.h"

WEAK void *__mpyld_aligned_alloc(size_t n, size_t align) {
    size_t room = align + HEADER + sizeof(size_t);
    char *p = room > align && n + room > n ? __mpyld_alloc(n + room) : NULL;
    if (!p) {
        return NULL;
    }
    void *given = (void *)(((uintptr_t)p + room - 1) & -align);
    struct block *b = block_of(given);
    b->next = block_of(p);
    b->prev = b;
    ((size_t *)b)[-1] = n;
    return given;
}
