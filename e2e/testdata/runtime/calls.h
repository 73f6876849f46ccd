// What programs want of libm, libc and libgcc, one call each, with arguments
// that depend on a number. Compiled for the module and for the host, which
// tells what must come out. No headers: each library would bring its own.

#include <stddef.h>
#include <stdint.h>

float sinf(float), cosf(float), tanf(float), expf(float), logf(float), sqrtf(float);
float powf(float, float), atan2f(float, float), fmodf(float, float);
size_t strlen(const char *);
int strcmp(const char *, const char *), strncmp(const char *, const char *, size_t), memcmp(const void *, const void *, size_t);
char *strchr(const char *, int), *strrchr(const char *, int), *strstr(const char *, const char *);
char *strcpy(char *, const char *), *strcat(char *, const char *), *strncpy(char *, const char *, size_t);
size_t strspn(const char *, const char *), strcspn(const char *, const char *);
void *memchr(const void *, int, size_t);
void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
long strtol(const char *, char **, int);
unsigned long strtoul(const char *, char **, int);

// The bits of a number; all NaNs are one, for IEEE 754 leaves the rest open.
static uint32_t bits_of(float f) {
    union { float f; uint32_t u; } u = {f};
    return f != f ? 0x7fc00000 : u.u;
}
static uint64_t bits_of_double(double d) {
    union { double d; uint64_t u; } u = {d};
    return d != d ? 0x7ff8000000000000 : u.u;
}

enum { ARGS = 16 };

// From single-precision bits, so that all compilers get the same numbers. The
// last ones are an infinity, a tiny number and a NaN.
static float float_arg(int i) {
    static const uint32_t bits[ARGS] = {
        0x00000000, 0x3f000000, 0x3f800000, 0x3fc90fdb, 0x40490fdb, 0x40a00000, 0x41200000, 0x42c80000,
        0xbf000000, 0xbfc00000, 0xc0a66666, 0x3dcccccd, 0x41cccccd, 0x7f800000, 0x00400000, 0x7fc00000,
    };
    union { uint32_t u; float f; } u = {bits[i & (ARGS - 1)]};
    volatile float f = u.f; // not for the compiler to compute with
    return f;
}
static double double_arg(int i) {
    volatile double d = 1.0 / 3;
    return (double)float_arg(i) * (1 + d * (i & 3));
}
static int64_t long_arg(int i) {
    static const uint64_t bits[ARGS] = {
        1, 7, 1000000007, 0xffffffff, 0x100000000, 0x123456789abcdef, 0x7fffffffffffffff, 0x8000000000000001,
        -1, -7, -1000000007, -0x100000000, 10, 0x100000001, 3000000000, -3,
    };
    volatile uint64_t n = bits[i & (ARGS - 1)];
    return n;
}

enum {
    SINF, COSF, TANF, EXPF, LOGF, POWF, ATAN2F, // within an ulp or two
    SQRTF, FMODF, // exact, like all that follows
    DIV64, MOD64, UDIV64, UMOD64,
    ADD_DOUBLE, SUB_DOUBLE, MUL_DOUBLE, DIV_DOUBLE, COMPARE_DOUBLE, TO_FLOAT, TO_LONG, FROM_LONG, FROM_ULONG,
    STRINGS, QSORT, STRTOL, STRTOUL, CALLS, // of libc
};

#ifndef NO_LIBM
static uint64_t math_call(int which, int i) {
    float x = float_arg(i), y = float_arg(i * 7 + 3);
    switch (which) {
        case SINF: return bits_of(sinf(x));
        case COSF: return bits_of(cosf(x));
        case TANF: return bits_of(tanf(x));
        case EXPF: return bits_of(expf(x));
        case LOGF: return bits_of(logf(x));
        case POWF: return bits_of(powf(x, y));
        case ATAN2F: return bits_of(atan2f(x, y));
        case SQRTF: return bits_of(sqrtf(x));
        case FMODF: return bits_of(fmodf(y, x));
    }
    return 0;
}
#else
static uint64_t math_call(int which, int i) { return 0; }
#endif

static uint64_t arithmetic_call(int which, int i) {
    int64_t n = long_arg(i), m = long_arg(i * 5 + 2);
    double x = double_arg(i), y = double_arg(i * 7 + 3);
    switch (which) {
        case DIV64: return n / m;
        case MOD64: return n % m;
        case UDIV64: return (uint64_t)n / (uint64_t)m;
        case UMOD64: return (uint64_t)n % (uint64_t)m;
        case ADD_DOUBLE: return bits_of_double(x + y);
        case SUB_DOUBLE: return bits_of_double(x - y);
        case MUL_DOUBLE: return bits_of_double(x * y);
        case DIV_DOUBLE: return bits_of_double(x / y);
        case COMPARE_DOUBLE: return (x < y) + 2 * (x == y) + 4 * (x >= y) + 8 * (x != x);
        case TO_FLOAT: return bits_of((float)(x * 1.00000001));
        case TO_LONG: return x > -1e9 && x < 1e9 ? (int64_t)(x * 1e9) : 0;
        case FROM_LONG: return bits_of_double((double)n);
        case FROM_ULONG: return bits_of_double((double)(uint64_t)n);
    }
    return 0;
}

#ifndef NO_LIBC
static uint64_t mix(uint64_t sum, uint64_t n) { return (sum ^ n) * 0x100000001b3; }

static int sign(int n) { return (n > 0) - (n < 0); }

static int by_value(const void *a, const void *b) {
    const int32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static uint64_t strings(int i) {
    static const char *const words[] = {"", "a", "abc", "abcabcabd", "hello, world", "zz top", "the quick brown fox", "\xff\x80"};
    const char *volatile s = words[i & 7], *volatile t = words[(i * 3 + 1) & 7];
    char buf[64];
    uint64_t sum = strlen(s);
    sum = mix(sum, sign(strcmp(s, t)));
    sum = mix(sum, sign(strncmp(s, t, 2)));
    sum = mix(sum, sign(memcmp(words[6], words[4], 5)));
    sum = mix(sum, strchr(s, 'b') ? strchr(s, 'b') - s : -1);
    sum = mix(sum, strrchr(s, 'b') ? strrchr(s, 'b') - s : -1);
    sum = mix(sum, strstr(s, "abd") ? strstr(s, "abd") - s : -1);
    sum = mix(sum, memchr(s, 'o', strlen(s)) ? (const char *)memchr(s, 'o', strlen(s)) - s : -1);
    sum = mix(sum, strspn(s, "abc") * 100 + strcspn(s, " "));
    strcpy(buf, s);
    strcat(buf, t);
    strncpy(buf + 50, s, 12);
    for (char *p = buf; *p; p++) {
        sum = mix(sum, (unsigned char)*p);
    }
    return mix(sum, (unsigned char)buf[51]);
}

static uint64_t sorted(int i) {
    int32_t list[200];
    uint32_t n = i;
    uint64_t sum = 0;
    for (int k = 0; k < 200; k++) {
        n = n * 1664525 + 1013904223;
        list[k] = (int32_t)n >> (k & 15);
    }
    qsort(list, 200, sizeof list[0], by_value);
    for (int k = 0; k < 200; k++) {
        sum = mix(sum, list[k]);
    }
    return sum;
}

static uint64_t libc_call(int which, int i) {
    static const char *const numbers[] = {"0", "  42xyz", "-17", "0x7fE", "+21474836", "077", "zz", ""};
    char *end;
    const char *volatile s = numbers[i & 7];
    switch (which) {
        case STRINGS: return strings(i);
        case QSORT: return sorted(i);
        case STRTOL: return (uint32_t)strtol(s, &end, i & 8 ? 16 : 0) * (uint64_t)100 + (end - s);
        case STRTOUL: return (uint32_t)strtoul(s, &end, i & 8 ? 16 : 10) * (uint64_t)100 + (end - s);
    }
    return 0;
}
#else
static uint64_t libc_call(int which, int i) { return 0; }
#endif

static uint64_t call(int which, int i) {
    return which < DIV64 ? math_call(which, i) : which < STRINGS ? arithmetic_call(which, i) : libc_call(which, i);
}
