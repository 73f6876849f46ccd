#include "support.h"

WEAK void __mpyld_raise(unsigned type_qstr, const char *message) {
    void *type = ((void *(*)(size_t))mp_fun_table[LOAD_GLOBAL])(type_qstr);
    // Firmware without error messages has no raise_msg (py/nativeglue.c,
    // MICROPY_ERROR_REPORTING_NONE).
    if (mp_fun_table[RAISE_MSG]) {
        ((void (*)(void *, const char *))mp_fun_table[RAISE_MSG])(type, message);
    }
    ((void (*)(void *))mp_fun_table[RAISE])(type);
    __builtin_unreachable();
}
