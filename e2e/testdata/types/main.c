// Runs the functions of NAME.S, which TESTS lists.
#include "mpy.h"

int number = 1234567;
int table[4] = {101, 102, 103, 104};

#define T(name) int name(void);
TESTS
#undef T

static mpy_obj run(void) {
    mpy_obj result = mp_fun_table.new_list(0, NULL);
#define T(name) mp_fun_table.list_append(result, mpy_new_int(name()));
    TESTS
    return result;
}
static MPY_FUN_0(run_obj, run);

mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_run, &run_obj);
    MPY_INIT_EXIT
}
