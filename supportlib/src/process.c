// The end of the program is that of the Python code which called it.
#include "support.h"

WEAK void __mpyld_exit(int status) {
    const size_t native_int = 2; // MP_NATIVE_TYPE_INT of py/runtime0.h
    __mpyld_raise_arg(SystemExit, ((void *(*)(intptr_t, size_t))mp_fun_table[NATIVE_TO_OBJ])(status, native_int));
}
WEAK NORETURN void exit(int status) { __mpyld_exit(status); }
WEAK NORETURN void _exit(int status) { __mpyld_exit(status); }
WEAK NORETURN void _Exit(int status) { __mpyld_exit(status); }
