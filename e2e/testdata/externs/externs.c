// Calls a function of the firmware that is in no table, at its address: by a
// direct call, through a constant, and as the last thing a function does.
#include "mpy.h"

extern size_t utf8_charlen(const unsigned char *str, size_t len);

typedef size_t (*counter)(const unsigned char *, size_t);
const counter externs_table[] = { utf8_charlen };

static mpy_obj direct(mpy_obj text) {
    mpy_buffer b;
    mp_fun_table.get_buffer(text, &b, MPY_READ | MPY_RAISE);
    return mpy_new_int(utf8_charlen(b.buf, b.len));
}
static MPY_FUN_1(direct_obj, direct);

static mpy_obj indirect(mpy_obj text) {
    mpy_buffer b;
    mp_fun_table.get_buffer(text, &b, MPY_READ | MPY_RAISE);
    return mpy_new_int(externs_table[0](b.buf, b.len));
}
static MPY_FUN_1(indirect_obj, indirect);

static size_t __attribute__((noinline)) tail(const unsigned char *str, size_t len) {
    return utf8_charlen(str + 1, len - 1);
}

static mpy_obj jumped(mpy_obj text) {
    mpy_buffer b;
    mp_fun_table.get_buffer(text, &b, MPY_READ | MPY_RAISE);
    return mpy_new_int(tail(b.buf, b.len));
}
static MPY_FUN_1(jumped_obj, jumped);

mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_direct, &direct_obj);
    MPY_STORE(MP_QSTR_indirect, &indirect_obj);
    MPY_STORE(MP_QSTR_jumped, &jumped_obj);
    MPY_INIT_EXIT
}
