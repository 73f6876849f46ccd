// mpy_init, at the end of text, and a function that calls one in each part.
#include "mpy.h"

#pragma GCC visibility push(hidden) // called directly
#define ALL(X) X(front_calls) X(middle_calls) X(back_calls) X(f1) X(f2) X(f3) X(f4) X(f5) X(g1) X(g2) X(g3) X(g4) X(g5)
#define DECLARE(f) int f(int, int, int, int);
ALL(DECLARE)

#define CALL(f) if (n-- == 0) return mpy_new_int(f(1, 2, 3, 4));
static mpy_obj call(mpy_obj number) {
    mpy_int n = mpy_get_int(number);
    ALL(CALL)
    return mpy_new_int(-1);
}
#pragma GCC visibility pop
static MPY_FUN_1(call_obj, call);

mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_call, &call_obj);
    MPY_INIT_EXIT
}
