// What a module with constructors starts with, in place of mpy_init.
#include "support.h"

typedef void function(void);

extern function *const __preinit_array_start[], *const __preinit_array_end[];
extern function *const __init_array_start[], *const __init_array_end[];

void *mpy_init(void *self, size_t n_args, size_t n_kw, void **args);

static inline void run(function *const *f, function *const *end) {
    // GCC takes two arrays to have two addresses, but an empty table has one.
    __asm__("" : "+r"(f));
    for (; f != end; f++) {
        (*f)();
    }
}

WEAK void *__mpyld_start(void *self, size_t n_args, size_t n_kw, void **args) {
    run(__preinit_array_start, __preinit_array_end);
    run(__init_array_start, __init_array_end);
    return mpy_init(self, n_args, n_kw, args);
}
