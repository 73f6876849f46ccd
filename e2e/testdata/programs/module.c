// The module around a program.
#include "mpyld.h"

unsigned run(void);

static mpy_obj run_again(void) { return mpy_new_uint(run()); }
static MPY_FUN_0(run_obj, run_again);

mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_run, &run_obj);
    MPY_INIT_EXIT
}
