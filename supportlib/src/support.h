// support.h: what the support library knows of MicroPython. Its code must run
// on every release there are native modules for, so it uses only what never
// changed: slots 0 to 63 of mp_fun_table (py/nativeglue.h, v1.12 to v1.29) and
// the numbers of the static qstrs (py/makeqstrdata.py, static_qstr_list).
//
// Every definition is weak: a program that defines the same has its own.

#ifndef SUPPORT_H
#define SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WEAK __attribute__((weak))
#define NORETURN __attribute__((noreturn))

extern void *const mp_fun_table[];

enum { NATIVE_TO_OBJ = 4, LOAD_GLOBAL = 7, CALL_FUNCTION_N_KW = 27, RAISE = 34, REALLOC = 52, RAISE_MSG = 55, OBJ_NEW_STR = 57 }; // slots

enum {
    AssertionError = 31, IndexError = 40, MemoryError = 44, OverflowError = 49,
    RuntimeError = 50, SystemExit = 53, TypeError = 54, ValueError = 55
}; // static qstrs

// Where print() writes. Its slot is not the same in every release: the linker
// knows it by name. No release changed these two fields (py/mpprint.h).
struct mp_print {
    void *data;
    void (*print_strn)(void *data, const char *text, size_t len);
};
extern const struct mp_print mp_plat_print;

// Numbers of errno that all C libraries agree on.
enum { ENOENT = 2, EBADF = 9, ENOMEM = 12, EINVAL = 22, ESPIPE = 29 };
extern int errno;

// Where the program reads it: in newlib's structure, if that is in. System
// calls set errno itself, which newlib then copies.
int *__errno(void);

// Raises a Python exception of a built-in type.
NORETURN void __mpyld_raise(unsigned type_qstr, const char *message);

// Raises one with an object of Python's as its argument.
NORETURN void __mpyld_raise_arg(unsigned type_qstr, void *arg);

// Raises SystemExit, as sys.exit does.
NORETURN void __mpyld_exit(int status);

// Raises AssertionError, which says "FILE:LINE: FUNCTION: WHAT". Null pointers
// are left out, and a line of 0.
NORETURN void __mpyld_assert(const char *file, unsigned line, const char *function, const char *what);

// Memory of MicroPython's heap, or NULL. gc_realloc(NULL, 0) gives none.
static inline void *heap_alloc(size_t size) {
    return ((void *(*)(void *, size_t, bool))mp_fun_table[REALLOC])(NULL, size, false);
}

// What functions of C do when there is no memory.
static inline void *or_enomem(void *p) {
    if (!p) {
        *__errno() = ENOMEM;
    }
    return p;
}

// The same block with another size, which may have moved; or NULL, and the
// block is as it was.
static inline void *heap_realloc(void *block, size_t size, bool may_move) {
    return ((void *(*)(void *, size_t, bool))mp_fun_table[REALLOC])(block, size, may_move);
}

static inline void heap_free(void *block) {
    ((void *(*)(void *, size_t, bool))mp_fun_table[REALLOC])(block, 0, false);
}

NORETURN static inline void no_memory(void) { __mpyld_raise(MemoryError, "memory allocation failed"); }

// At the head of each block that malloc or operator new gives; the collector
// honours no other pointers. A header can also be further inside a block
// (heap_aligned.c): then prev is the header itself, as in no real one, next is
// the block, and the size is in front of it, which nobody else knows.
struct block {
    struct block *next, *prev;
};
enum { HEADER = __BIGGEST_ALIGNMENT__ > 2 * sizeof(void *) ? 16 : 2 * sizeof(void *) };
extern struct block *__mpyld_heap;
static inline struct block *block_of(void *p) { return (struct block *)((char *)p - HEADER); }
static inline bool inside(struct block *b) { return b->prev == b; }

// What malloc and operator new do: see heap.c.
void *__mpyld_alloc(size_t size);
void __mpyld_free(void *p);
void *__mpyld_realloc(void *p, size_t size);
void *__mpyld_aligned_alloc(size_t size, size_t align);

#ifdef __cplusplus
}

typedef decltype(sizeof 0) size;

namespace std {
struct nothrow_t;
enum class align_val_t : size {};
} // namespace std
#endif

#endif
