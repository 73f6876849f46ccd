// Memory functions of the Arm run-time ABI (RTABI32, 5.3.4 "Memory copying,
// clearing, and setting"), which clang and Rust call. 4 and 8 promise alignment.
#include "support.h"

#ifdef __arm__
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);

WEAK void __aeabi_memmove(void *to, const void *from, size_t n) { memmove(to, from, n); }
WEAK void __aeabi_memmove4(void *to, const void *from, size_t n) { memmove(to, from, n); }
WEAK void __aeabi_memmove8(void *to, const void *from, size_t n) { memmove(to, from, n); }
WEAK void __aeabi_memcpy(void *to, const void *from, size_t n) { memmove(to, from, n); }
WEAK void __aeabi_memcpy4(void *to, const void *from, size_t n) { memmove(to, from, n); }
WEAK void __aeabi_memcpy8(void *to, const void *from, size_t n) { memmove(to, from, n); }
WEAK void __aeabi_memset(void *to, size_t n, int c) { memset(to, c, n); }
WEAK void __aeabi_memset4(void *to, size_t n, int c) { memset(to, c, n); }
WEAK void __aeabi_memset8(void *to, size_t n, int c) { memset(to, c, n); }
WEAK void __aeabi_memclr(void *to, size_t n) { memset(to, 0, n); }
WEAK void __aeabi_memclr4(void *to, size_t n) { memset(to, 0, n); }
WEAK void __aeabi_memclr8(void *to, size_t n) { memset(to, 0, n); }
#endif
