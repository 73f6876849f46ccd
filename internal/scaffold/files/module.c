// NAME: a native module for MicroPython. mpyld build makes it.
#include "mpyld.h"

// add(a, b): two ints.
static mpy_obj add(mpy_obj a, mpy_obj b) {
    return mpy_new_int(mpy_get_int(a) + mpy_get_int(b));
}
static MPY_FUN_2(add_obj, add);

// peak(data): the largest byte of bytes, a bytearray, or anything else with a buffer.
static mpy_obj peak(mpy_obj data) {
    mpy_buffer b;
    mpy_get_buffer(data, &b, MPY_READ);
    if (b.len == 0) {
        mpy_raise(MPY_Q_ValueError, "there is no data");
    }
    const uint8_t *bytes = (const uint8_t *)b.buf;
    uint8_t most = bytes[0];
    for (size_t i = 1; i < b.len; i++) {
        if (bytes[i] > most) {
            most = bytes[i];
        }
    }
    return mpy_new_int(most);
}
static MPY_FUN_1(peak_obj, peak);

// Importing the module calls this. What is stored are its names.
mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_add, &add_obj);
    MPY_STORE(MP_QSTR_peak, &peak_obj);
    MPY_INIT_EXIT
}
