// Functions of glibc that are neither IFUNCs nor have a thread-local errno.
#include <stddef.h>
#include <stdint.h>

float atanf(float), modff(float, float *), frexpf(float, int *), copysignf(float, float);
long lroundf(float);
void *bsearch(const void *, const void *, size_t, size_t, int (*)(const void *, const void *));
int abs(int), ffs(int);

enum { CALLS = 9, ARGS = 12 };

static uint32_t bits_of(float f) {
    union { float f; uint32_t u; } u = {f};
    return u.u;
}
static int by_value(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

static uint64_t call(int which, int i) {
    static const int list[] = {-40, -7, 0, 3, 8, 11, 300};
    volatile float arg = (i - 5) * 1.25f + i / 8.f;
    float x = arg, whole = 0;
    int exponent = 0, key = i * 4 - 1;
    const int *found;
    switch (which) {
        case 0: return (uint32_t)lroundf(x * 100);
        case 1: return bits_of(atanf(x));
        case 2: return bits_of(atanf(x * x));
        case 3: return bits_of(modff(x, &whole)) + (uint64_t)bits_of(whole) * 3;
        case 4: return bits_of(frexpf(x, &exponent)) + exponent;
        case 5: return bits_of(copysignf(1, x));
        case 6: found = bsearch(&key, list, 7, sizeof list[0], by_value); return found ? found - list : 99;
        case 7: return abs(key - 10);
        case 8: return ffs(i * 16);
    }
    return 0;
}
