// Uses what the firmware of the port beds has at the end of mp_fun_table.
#include "mpy.h"

int bed_twice(int n);
extern const int bed_number;

int (*const functions[])(int) = {bed_twice};
const int *const numbers[] = {&bed_number};

static mpy_obj run(void) {
    mpy_obj result = mp_fun_table.new_list(0, NULL);
    mp_fun_table.list_append(result, mpy_new_int(bed_twice(21)));
    mp_fun_table.list_append(result, mpy_new_int(bed_number));
    for (unsigned i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        mp_fun_table.list_append(result, mpy_new_int(functions[i](*numbers[i])));
    }
    return result;
}
static MPY_FUN_0(run_obj, run);

mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_run, &run_obj);
    MPY_INIT_EXIT
}
