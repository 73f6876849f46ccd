// Compilers take memcmp to be there even without a C library (GCC manual,
// "Language Standards Supported by GCC"); the firmware supplies its companions
// memcpy, memmove and memset.
#include "support.h"

WEAK int memcmp(const void *a, const void *b, size_t n) {
    for (const uint8_t *p = a, *q = b; n; n--, p++, q++) {
        if (*p != *q) {
            return *p - *q;
        }
    }
    return 0;
}

WEAK int bcmp(const void *a, const void *b, size_t n) { return memcmp(a, b, n); }
