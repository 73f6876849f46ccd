// div64.c: libgcc's 64-bit multiplication and division, for Xtensa's two calling conventions.
// They are in the compiler's source package as C, but only buildable inside its build tree.
// Plain shift-and-subtract: right on the first try and fast enough for tests.

#include <stdint.h>

typedef struct {
    uint64_t quotient, remainder;
} division;

static division divide(uint64_t n, uint64_t d) {
    division result = { 0, 0 };
    for (int bit = 63; bit >= 0; --bit) {
        result.remainder = result.remainder << 1 | (n >> bit & 1);
        if (result.remainder >= d) {
            result.remainder -= d;
            result.quotient |= 1ull << bit;
        }
    }
    return result;
}

static uint64_t magnitude(int64_t x) {
    return x < 0 ? -(uint64_t)x : (uint64_t)x;
}

uint64_t __udivdi3(uint64_t n, uint64_t d) {
    return divide(n, d).quotient;
}

uint64_t __umoddi3(uint64_t n, uint64_t d) {
    return divide(n, d).remainder;
}

int64_t __divdi3(int64_t n, int64_t d) {
    uint64_t quotient = divide(magnitude(n), magnitude(d)).quotient;
    return (n < 0) != (d < 0) ? -quotient : quotient;
}

int64_t __moddi3(int64_t n, int64_t d) {
    uint64_t remainder = divide(magnitude(n), magnitude(d)).remainder;
    return n < 0 ? -remainder : remainder;
}

uint64_t __umulsidi3(uint32_t a, uint32_t b); // 32 x 32 -> 64, in libgcc's assembly

uint64_t __muldi3(uint64_t a, uint64_t b) {
    uint32_t crossed = (uint32_t)(a >> 32) * (uint32_t)b + (uint32_t)a * (uint32_t)(b >> 32);
    return __umulsidi3(a, b) + ((uint64_t)crossed << 32);
}
