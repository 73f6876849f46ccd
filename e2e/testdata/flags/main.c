// What flags about symbols make of this module is in flags_test.go.
#include "mpy.h"

int counted(int n);
int alias(int n);
extern __attribute__((weak)) char hidden[];

typedef int (*counter)(int);
const counter flags_table[] = { counted, alias };
char *const flags_hidden[] = { hidden };

static mpy_obj all(mpy_obj n) {
    const counter *volatile table = flags_table;
    char *const *volatile pointer = flags_hidden;
    // Large enough to be an address: it is one, of a byte that says which.
    uintptr_t value = (uintptr_t)pointer[0];
    mpy_obj values[4] = {
        mpy_new_int(counted(mpy_get_int(n))),
        mpy_new_int(table[0](mpy_get_int(n))),
        mpy_new_int(alias(mpy_get_int(n)) == table[1](mpy_get_int(n)) ? alias(mpy_get_int(n)) : -1),
        mpy_new_int(value > 1000 ? pointer[0][0] : (int)value),
    };
    return mp_fun_table.new_tuple(4, values);
}
static MPY_FUN_1(all_obj, all);

mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_all, &all_obj);
    MPY_INIT_EXIT
}
