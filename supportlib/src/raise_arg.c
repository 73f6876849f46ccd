#include "support.h"

WEAK void __mpyld_raise_arg(unsigned type_qstr, void *arg) {
    void *type = ((void *(*)(size_t))mp_fun_table[LOAD_GLOBAL])(type_qstr);
    void *exception = ((void *(*)(void *, size_t, void **))mp_fun_table[CALL_FUNCTION_N_KW])(type, 1, &arg);
    ((void (*)(void *))mp_fun_table[RAISE])(exception);
    __builtin_unreachable();
}
