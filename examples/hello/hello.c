// The smallest module that uses all a module is made of: names, strings, a
// variable and a function object that is a constant.
#include "mpy.h"

// Not static: -fpic code reaches a static variable relative to itself, but
// variables are not loaded next to code.
unsigned hello_calls;

static mpy_obj greet(mpy_obj who) {
    mpy_buffer name;
    mp_fun_table.get_buffer(who, &name, MPY_READ | MPY_RAISE);
    mp_fun_table.printf_(mp_fun_table.plat_print, "Hello, %s!\n", (const char *)name.buf);
    return mpy_new_int(++hello_calls);
}
static MPY_FUN_1(greet_obj, greet);

mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_greet, &greet_obj);
    MPY_STORE(MP_QSTR_language, mpy_new_str("C"));
    MPY_INIT_EXIT
}
