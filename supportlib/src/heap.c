// The memory of operator new is MicroPython's heap, with C++'s rule: a block
// lives until it is deleted. The collector would free what only a variable in
// the module's text refers to where text is outside the heap (the unix port
// since 1.24), and what only a pointer past its start refers to. So all blocks
// are in a list, and what is in them is seen by the collector.
#include "support.h"

// At the head of each block; the collector honours no other pointers.
struct block {
    struct block *next, *prev;
};

// Not static: code reaches it through a word that the firmware relocates, so it
// is in the RAM that the collector knows.
WEAK struct block *__mpyld_heap;

enum { HEADER = __BIGGEST_ALIGNMENT__ > 2 * sizeof(void *) ? 16 : 2 * sizeof(void *) };

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
    struct block *b = (struct block *)((char *)p - HEADER);
    *(b->prev ? &b->prev->next : &__mpyld_heap) = b->next;
    if (b->next) {
        b->next->prev = b->prev;
    }
    heap_free(b);
}

// With more alignment than blocks have. The word in front says what to free.
WEAK void *__mpyld_aligned_alloc(size_t n, size_t align) {
    size_t room = align + sizeof(void *);
    char *p = n + room > n ? __mpyld_alloc(n + room) : NULL;
    if (!p) {
        return NULL;
    }
    void **given = (void **)(((uintptr_t)p + room - 1) & -align);
    given[-1] = p;
    return given;
}

WEAK void __mpyld_aligned_free(void *p) {
    if (p) {
        __mpyld_free(((void **)p)[-1]);
    }
}
