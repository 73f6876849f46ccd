#include "support.h"

void *malloc(size_t n);
void *memset(void *to, int c, size_t n);

WEAK void *calloc(size_t n, size_t size) {
    size_t bytes;
    void *p = __builtin_mul_overflow(n, size, &bytes) ? malloc(-1) : malloc(bytes);
    return p ? memset(p, 0, bytes) : NULL;
}
