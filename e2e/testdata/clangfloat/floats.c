#include "mpy.h"

// Addresses of variables and floating-point instructions, mixed.
float scale = 1.25f, offset = 0.5f, latest;
int calls;
float window[8];

__attribute__((noinline)) float filter(float x, float old) {
    float mixed = x * old - 0.75f, moved = x + 3.5f;
    latest = mixed * scale + offset;
    window[calls & 7] = moved;
    calls++;
    return latest - moved * 0.125f;
}

static mpy_obj run(mpy_obj n) {
    float y = 1;
    for (int i = 0; i < mpy_get_int(n); i++) {
        y = filter((float)i, y);
    }
    return mpy_new_int((int)(y * 16) + calls * 1000 + (int)(window[2] * 4));
}
static MPY_FUN_1(run_obj, run);

mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_run, &run_obj);
    MPY_INIT_EXIT
}
