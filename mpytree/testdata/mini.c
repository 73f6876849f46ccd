// The source of the .mpy files beside it, which MicroPython's own mpy_ld.py
// (commit 1c3c201149) linked from what gcc 12.2 made of this with
// -Os -fpic -fno-common -fno-stack-protector, for Arm with -mcpu=cortex-m3.
// Between them they have every destination but the object table and rodata.
#include "py/dynruntime.h"
int counter;
int table[70];
const char *const names[] = {"hi", "ho", "hi"};
static mp_obj_t bump(mp_obj_t x) {
    counter += mp_obj_get_int(x);
    table[counter & 63] = counter;
    mp_printf(&mp_plat_print, "%s\n", names[counter & 1]);
    return mp_obj_new_int(counter + table[3]);
}
static MP_DEFINE_CONST_FUN_OBJ_1(bump_obj, bump);
static MP_DEFINE_CONST_FUN_OBJ_1(bump2_obj, bump);
const mp_obj_type_t *const types[3] = {&mp_type_fun_builtin_1,&mp_type_fun_builtin_1,&mp_type_fun_builtin_1};
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_bump, MP_OBJ_FROM_PTR(&bump_obj));
    mp_store_global(MP_QSTR_name, MP_OBJ_FROM_PTR(&bump2_obj));
    mp_store_global(MP_QSTR_hello, MP_OBJ_NEW_QSTR(MP_QSTR_hello));
    mp_store_global(MP_QSTR_append, (mp_obj_t)types);
    MP_DYNRUNTIME_INIT_EXIT
}
