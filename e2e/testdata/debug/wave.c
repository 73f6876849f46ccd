// A module to debug: see ../../debugelf_test.go. Its lines are counted there.
#include "mpy.h"

extern int form(int n);
static int counter;
int total = 3;

__attribute__((noinline)) static int helper(int a, int b) {
    int sum = a + b;
    counter += sum;
    return sum * 2;
}

int unused(int x) {
    return x * 31 + total;
}

__attribute__((noinline)) static mpy_obj add(mpy_obj x, mpy_obj y) {
    int a = mpy_get_int(x), b = mpy_get_int(y);
    return mpy_new_int(helper(a, b) + form(counter) + total);
}
static MPY_FUN_2(add_obj, add);

mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_add, &add_obj);
    MPY_INIT_EXIT
}
