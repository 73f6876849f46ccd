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

enum { LOAD_GLOBAL = 7, RAISE = 34, REALLOC = 52, RAISE_MSG = 55 }; // slots

enum { IndexError = 40, MemoryError = 44, RuntimeError = 50, ValueError = 55 }; // static qstrs

// Raises a Python exception of a built-in type.
NORETURN void __mpyld_raise(unsigned type_qstr, const char *message);

// Memory of MicroPython's heap, or NULL. gc_realloc(NULL, 0) gives none.
static inline void *heap_alloc(size_t size) {
    return ((void *(*)(void *, size_t, bool))mp_fun_table[REALLOC])(NULL, size, false);
}

static inline void heap_free(void *block) {
    ((void *(*)(void *, size_t, bool))mp_fun_table[REALLOC])(block, 0, false);
}

NORETURN static inline void no_memory(void) { __mpyld_raise(MemoryError, "memory allocation failed"); }

// What operator new and delete do: see heap.c.
void *__mpyld_alloc(size_t size);
void __mpyld_free(void *p);
void *__mpyld_aligned_alloc(size_t size, size_t align);
void __mpyld_aligned_free(void *p);

#ifdef __cplusplus
}

typedef decltype(sizeof 0) size;

namespace std {
struct nothrow_t;
enum class align_val_t : size {};
} // namespace std
#endif

#endif
