// A module in three languages: each part calls the next.
#include "mpyld.h"

int doubled(int x); // part.cpp

static mpy_obj answer(void) { return mpy_new_int(doubled(21)); }
static MPY_FUN_0(answer_obj, answer);

mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_answer, &answer_obj);
    void register_counter(void);
    register_counter();
    MPY_INIT_EXIT
}
