// NAME: a native module for MicroPython. mpyld build makes it.
#include "mpyld.h"

namespace {

// The bytes of an object with a buffer, as a range.
struct Bytes {
    mpy_buffer b;
    explicit Bytes(mpy_obj data) { mpy_get_buffer(data, &b, MPY_READ); }
    const uint8_t *begin() const { return static_cast<const uint8_t *>(b.buf); }
    const uint8_t *end() const { return begin() + b.len; }
};

// add(a, b): two ints.
mpy_obj add(mpy_obj a, mpy_obj b) { return mpy_new_int(mpy_get_int(a) + mpy_get_int(b)); }
MPY_FUN_2(add_obj, add);

// peak(data): the largest byte of bytes, a bytearray, or anything else with a buffer.
mpy_obj peak(mpy_obj data) {
    int most = -1;
    for (int byte : Bytes(data)) {
        most = byte > most ? byte : most;
    }
    if (most < 0) {
        mpy_raise(MPY_Q_ValueError, "there is no data");
    }
    return mpy_new_int(most);
}
MPY_FUN_1(peak_obj, peak);

} // namespace

// Importing the module calls this. What is stored are its names.
mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_add, &add_obj);
    MPY_STORE(MP_QSTR_peak, &peak_obj);
    MPY_INIT_EXIT
}
