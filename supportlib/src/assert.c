// What assert() of C libraries calls when it fails.
#include "support.h"

enum { ROOM = 160 }; // for the message, on the stack

static char *add(char *to, char *end, const char *text) {
    while (to < end && *text) {
        *to++ = *text++;
    }
    return to;
}

// Without division, which some processors leave to libgcc.
static char *add_number(char *to, char *end, unsigned n) {
    static const unsigned powers[] = {1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
    bool any = false;
    for (const unsigned *p = powers; p < powers + sizeof powers / sizeof *powers; p++) {
        char digit[] = "0";
        for (; n >= *p; n -= *p) {
            digit[0]++;
        }
        any = any || digit[0] != '0' || *p == 1;
        if (any) {
            to = add(to, end, digit);
        }
    }
    return to;
}

WEAK void __mpyld_assert(const char *file, unsigned line, const char *function, const char *what) {
    char text[ROOM], *end = text + ROOM, *to = text;
    if (file) {
        to = add(to, end, file);
        to = add(add_number(add(to, end, ":"), end, line), end, ": ");
    }
    if (function) {
        to = add(add(to, end, function), end, ": ");
    }
    to = add(to, end, what ? what : "assertion failed");
    __mpyld_raise_arg(AssertionError, ((void *(*)(const char *, size_t))mp_fun_table[OBJ_NEW_STR])(text, to - text));
}

// newlib and picolibc
WEAK NORETURN void __assert_func(const char *file, int line, const char *function, const char *what) {
    __mpyld_assert(file, line, function, what);
}
WEAK NORETURN void __assert(const char *file, int line, const char *what) { __mpyld_assert(file, line, NULL, what); }
WEAK NORETURN void __assert_no_args(void) { __mpyld_assert(NULL, 0, NULL, NULL); } // picolibc, without messages

// glibc and musl
WEAK NORETURN void __assert_fail(const char *what, const char *file, unsigned line, const char *function) {
    __mpyld_assert(file, line, function, what);
}
