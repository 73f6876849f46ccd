// What programs take for granted of a C library: a heap, printf, assert, exit.
#undef NDEBUG
#include "mpy.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifndef NO_LIBC
#include <stdio.h>
#endif
#ifdef __GLIBC__
#include <malloc.h>
#endif

void *memalign(size_t align, size_t n);

// Blocks that only C refers to, each full of a number of its own.
enum { BLOCKS = 60 };
static struct {
    unsigned char *at;
    unsigned size;
} blocks[BLOCKS];
static uint32_t state = 1;

static unsigned next(unsigned limit) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % limit;
}

static int bad(int i, unsigned upto) {
    for (unsigned k = 0; k < upto; k++) {
        if (blocks[i].at[k] != (unsigned char)(i + 1)) {
            return 1;
        }
    }
    return 0;
}

// Does n things to blocks, and returns how often one was not as it should be.
static mpy_obj work(mpy_obj n_in) {
    int wrong = 0;
    for (mpy_int n = mpy_get_int(n_in); n > 0; n--) {
        int i = next(BLOCKS);
        unsigned size = next(8) ? next(200) : next(2000);
        wrong += bad(i, blocks[i].size);
        if (!blocks[i].at) {
            static const unsigned aligns[] = {32, 64, 256};
            switch (next(3)) {
            case 0:
                blocks[i].at = malloc(size);
                break;
            case 1:
                blocks[i].at = calloc(size, 1);
                for (unsigned k = 0; k < size; k++) {
                    wrong += blocks[i].at[k] != 0;
                }
                break;
            default: {
                unsigned align = aligns[next(3)];
                blocks[i].at = memalign(align, size);
                wrong += (uintptr_t)blocks[i].at % align != 0;
            }
            }
            wrong += (uintptr_t)blocks[i].at % 8 != 0;
        } else if (next(2)) {
            void *to = realloc(blocks[i].at, size);
            if (!to) {
                return mpy_new_int(-1);
            }
            blocks[i].at = to;
            wrong += bad(i, size < blocks[i].size ? size : blocks[i].size);
        } else {
            free(blocks[i].at);
            blocks[i].at = NULL;
            size = 0;
        }
        if (size && !blocks[i].at) {
            return mpy_new_int(-1);
        }
        blocks[i].size = size;
        memset(blocks[i].at, i + 1, size);
    }
    return mpy_new_int(wrong);
}
static MPY_FUN_1(work_obj, work);

// Everything is given back.
static mpy_obj done(void) {
    int wrong = 0;
    for (int i = 0; i < BLOCKS; i++) {
        wrong += bad(i, blocks[i].size);
        free(blocks[i].at);
        blocks[i].at = NULL;
        blocks[i].size = 0;
    }
    return mpy_new_int(wrong);
}
static MPY_FUN_0(done_obj, done);

// Too much memory is none, and says so; the block that was to grow stays.
static mpy_obj toomuch(void) {
    volatile size_t most = SIZE_MAX / 2;
    int wrong = 0;
    errno = 0;
    wrong += malloc(most) != NULL || errno != ENOMEM;
    wrong += malloc(SIZE_MAX - 3) != NULL;
    wrong += calloc(most, 4) != NULL;
    wrong += memalign(64, SIZE_MAX - 70) != NULL;
    char *p = malloc(10);
    memcpy(p, "still me", 9);
    errno = 0;
    wrong += realloc(p, most) != NULL || errno != ENOMEM;
    wrong += memcmp(p, "still me", 9) != 0;
    free(p);
    p = malloc(0);
    wrong += p == NULL;
    free(p);
    free(NULL);
    return mpy_new_int(wrong);
}
static MPY_FUN_0(toomuch_obj, toomuch);

// The break of old programs: it moves without a gap, or not at all.
void *sbrk(ptrdiff_t n);

static mpy_obj moved(void) {
    static unsigned char *first;
    if (first) { // a call later, it is all still there
        int wrong = 0;
        for (int i = 0; i < 150; i++) {
            wrong += first[i] != 0x77;
        }
        return mpy_new_int(wrong);
    }
    first = sbrk(0);
    int wrong = first == (void *)-1 || sbrk(100) != first;
    unsigned char *at = sbrk(0), *more = sbrk(50);
    wrong += at != first + 100 || more != at && more != (void *)-1;
    unsigned char *apart = sbrk(3000);
    if (more == (void *)-1 || apart == (void *)-1) {
        return mpy_new_int(-1);
    }
    memset(first, 0x77, 150);
    memset(apart, 0x88, 3000);
    wrong += sbrk(-3000) != apart + 3000 || sbrk(PTRDIFF_MAX) != (void *)-1;
    return mpy_new_int(wrong);
}
static MPY_FUN_0(moved_obj, moved);

#ifdef OWN
// A heap in an array of the module's: the C library's malloc is on it.
static char array[OWN];

void *BREAK(ptrdiff_t n) {
    static char *end = array;
    if (n > array + sizeof array - end) {
        return (void *)-1;
    }
    char *was = end;
    end += n;
    return was;
}

static mpy_obj own(void) {
    char *p = malloc(50), *q = realloc(malloc(20), 100);
    int in = p >= array && p + 50 <= array + sizeof array && q >= array && q + 100 <= array + sizeof array;
    free(p);
    free(q);
    return mpy_new_int(in);
}
static MPY_FUN_0(own_obj, own);
#endif

#ifdef TABLE
// A big variable, for what it does to the size of the file.
static char table[TABLE];
static mpy_obj touch(mpy_obj i) { return mpy_new_int(++table[mpy_get_int(i)]); }
static MPY_FUN_1(touch_obj, touch);
#endif

static mpy_obj check(mpy_obj n) {
    assert(mpy_get_int(n) > 0);
    return n;
}
static MPY_FUN_1(check_obj, check);

static mpy_obj quit(mpy_obj n) { exit(mpy_get_int(n)); }
static MPY_FUN_1(quit_obj, quit);

static mpy_obj give_up(void) { abort(); }
static MPY_FUN_0(give_up_obj, give_up);

#ifndef NO_LIBC
static mpy_obj say(mpy_obj n_in) {
    int n = mpy_get_int(n_in);
    printf("%d %s %5.2f", n, "held", n / 4.0);
    putchar('|');
    puts("line");
    fprintf(stderr, "<%x>", n);
    fputs("end\n", stdout);
    char text[20], *copy;
    int len = snprintf(text, sizeof text, "%08lx", (long)n);
    copy = strdup(text);
    printf("%d %s\n", len, copy);
    free(copy);
    return mpy_new_int(getchar() == EOF);
}
static MPY_FUN_1(say_obj, say);
#endif

mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_work, &work_obj);
    MPY_STORE(MP_QSTR_done, &done_obj);
    MPY_STORE(MP_QSTR_toomuch, &toomuch_obj);
    MPY_STORE(MP_QSTR_check, &check_obj);
    MPY_STORE(MP_QSTR_moved, &moved_obj);
#ifdef OWN
    MPY_STORE(MP_QSTR_own, &own_obj);
#endif
#ifdef TABLE
    MPY_STORE(MP_QSTR_touch, &touch_obj);
#endif
    MPY_STORE(MP_QSTR_quit, &quit_obj);
    MPY_STORE(MP_QSTR_give_up, &give_up_obj);
#ifndef NO_LIBC
    MPY_STORE(MP_QSTR_say, &say_obj);
#endif
    MPY_INIT_EXIT
}
