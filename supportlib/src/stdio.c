// The standard streams of picolibc, which leaves them to the platform. It has a
// function that makes them (its manual, "Picolibc and stdio"), so how they are
// laid out is its own business.
#include "support.h"

void *fdevopen(int (*put)(char, void *), int (*get)(void *), int (*flush)(void *));

// A program may have any of these itself, of which we must not touch its own.
void *__mpyld_stdio WEAK;
extern void *stdin WEAK __attribute__((alias("__mpyld_stdio")));
extern void *stdout WEAK __attribute__((alias("__mpyld_stdio")));
extern void *stderr WEAK __attribute__((alias("__mpyld_stdio")));

static int put(char c, void *stream) {
    mp_plat_print.print_strn(mp_plat_print.data, &c, 1);
    return (unsigned char)c;
}

static int get(void *stream) { return -2; } // _FDEV_EOF

__attribute__((constructor)) static void open_stdio(void) { __mpyld_stdio = fdevopen(put, get, NULL); }
