// The module of ../debug/wave.c in C++: see ../../gdb_test.go, which has its lines.
#include "mpy.h"

namespace waves {

struct Counter {
    int total;
    __attribute__((noinline)) int add(int a, int b) {
        int sum = a + b;
        total += sum;
        return sum * 2;
    }
};
static Counter counter;

} // namespace waves

__attribute__((noinline)) static mpy_obj add(mpy_obj x, mpy_obj y) {
    int a = mpy_get_int(x), b = mpy_get_int(y);
    return mpy_new_int(waves::counter.add(a, b) + waves::counter.total);
}
static MPY_FUN_2(add_obj, add);

mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_add, &add_obj);
    MPY_INIT_EXIT
}
