// A module's memory has no end that could move: what lies behind it belongs to
// the firmware. So this break is in a block of MicroPython's heap. It moves while
// the block can grow where it is. Then the next request gets a block of its own,
// unless the caller has asked where the break is: it may count on memory there.
#include "support.h"

enum { FIRST = 1024 }; // bytes for who asks first and then takes

WEAK struct {
    char *start, *end, *limit; // the block, the break, and where the block ends
    bool asked;
} __mpyld_break;

// Makes room for n bytes behind the break.
static bool grow(size_t n) {
    size_t size = __mpyld_break.end - __mpyld_break.start + n;
    if (n <= (size_t)(__mpyld_break.limit - __mpyld_break.end)) {
        return true;
    }
    if (size + HEADER < n) {
        return false;
    }
    if (__mpyld_break.start && heap_realloc(block_of(__mpyld_break.start), size + HEADER, false)) {
        __mpyld_break.limit = __mpyld_break.start + size;
        return true;
    }
    if (__mpyld_break.asked) {
        __mpyld_break.asked = false;
        return false;
    }
    char *block = __mpyld_alloc(n);
    if (!block) {
        return false;
    }
    __mpyld_break.start = __mpyld_break.end = block;
    __mpyld_break.limit = block + n;
    return true;
}

WEAK void *_sbrk(ptrdiff_t n) {
    if (n == 0 && __mpyld_break.start == NULL) {
        grow(FIRST);
    }
    if (n < __mpyld_break.start - __mpyld_break.end || (n > 0 && !grow(n)) || __mpyld_break.start == NULL) {
        *__errno() = ENOMEM;
        return (void *)-1;
    }
    __mpyld_break.asked = n <= 0;
    char *was = __mpyld_break.end;
    __mpyld_break.end += n;
    return was;
}
WEAK void *sbrk(ptrdiff_t n) { return _sbrk(n); }
WEAK void *_sbrk_r(void *reent, ptrdiff_t n) { return _sbrk(n); }
