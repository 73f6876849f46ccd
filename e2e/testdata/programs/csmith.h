// What csmith's programs include, for machines without a C library: its own safe_math.h, and the
// checksum as the result of function run.
#pragma once

typedef __INT8_TYPE__ int8_t;
typedef __INT16_TYPE__ int16_t;
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT8_TYPE__ uint8_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __UINT64_TYPE__ uint64_t;

#define CHAR_BIT 8
#define INT8_MAX 0x7f
#define INT16_MAX 0x7fff
#define INT32_MAX 0x7fffffff
#define INT64_MAX 0x7fffffffffffffffLL
#define INT8_MIN (-INT8_MAX - 1)
#define INT16_MIN (-INT16_MAX - 1)
#define INT32_MIN (-INT32_MAX - 1)
#define INT64_MIN (-INT64_MAX - 1)
#define UINT8_MAX 0xff
#define UINT16_MAX 0xffff
#define UINT32_MAX 0xffffffffu
#define UINT64_MAX 0xffffffffffffffffull
#define INT_MAX __INT_MAX__
#define INT_MIN (-INT_MAX - 1)
#define FLT_MAX __FLT_MAX__
#define DBL_MAX __DBL_MAX__
#define fabs __builtin_fabs
#define fabsf __builtin_fabsf

#define STATIC static
#define UNDEFINED(value) (value)
#define LOG_INDEX
#define LOG_EXEC
#define FUNC_NAME(name) (safe_##name)
#include <safe_math.h>
#undef FUNC_NAME

static uint32_t checksum, result;

static void transparent_crc(uint64_t value, const char *name, int print) {
    for (int i = 0; i < 8; i++) {
        checksum = (checksum ^ (uint32_t)(value >> 8 * i & 0xff)) * 16777619u;
    }
}

static void transparent_crc_bytes(char *bytes, int n, const char *name, int print) {
    for (int i = 0; i < n; i++) { transparent_crc((uint8_t)bytes[i], name, print); }
}

#define printf(...) ((void)0)
#define platform_main_begin()
#define crc32_gentab()
#define crc32_context 0
#define platform_main_end(crc, print) (result = checksum)
#define main whole_program

static int whole_program(void);

// The program starts from its variables' first values, so it runs once.
unsigned run(void) {
    static int ran;
    if (!ran++) { whole_program(); }
    return result;
}
