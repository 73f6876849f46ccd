// The memory of malloc and operator new is MicroPython's heap, with C's rule: a
// block lives until it is freed. The collector would free what only a variable in
// the module's text refers to where text is outside the heap (the unix port
// since 1.24), and what only a pointer past its start refers to. So all blocks
// are in a list, and what is in them is seen by the collector.
#include "support.h"

// Not static: code reaches it through a word that the firmware relocates, so it
// is in the RAM that the collector knows.
WEAK struct block *__mpyld_heap;

WEAK void *__mpyld_alloc(size_t n) {
    struct block *b = n + HEADER > n ? heap_alloc(n + HEADER) : NULL;
    if (!b) {
        return NULL;
    }
    b->next = __mpyld_heap;
    b->prev = NULL;
    if (b->next) {
        b->next->prev = b;
    }
    __mpyld_heap = b;
    return (char *)b + HEADER;
}

WEAK void __mpyld_free(void *p) {
    if (!p) {
        return;
    }
    struct block *b = block_of(p);
    if (inside(b)) {
        b = b->next;
    }
    *(b->prev ? &b->prev->next : &__mpyld_heap) = b->next;
    if (b->next) {
        b->next->prev = b->prev;
    }
    heap_free(b);
}
