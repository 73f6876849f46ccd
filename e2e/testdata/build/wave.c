// MP_QSTR_nothing is no name of the module.
#include "mpyld.h"
#include "names.h"

int next_count(void);
mpy_obj table_list(void);

static mpy_obj add(mpy_obj a, mpy_obj b) { return mpy_new_int(mpy_get_int(a) + mpy_get_int(b)); }
static MPY_FUN_2(add_obj, add);

static mpy_obj count(void) { return mpy_new_int(next_count()); }
static MPY_FUN_0(count_obj, count);

static MPY_FUN_0(table_obj, table_list);

static mpy_obj half(mpy_obj a) {
    return mpy_new_int(mpy_get_int(a) / 2); // a function of libgcc on some
}
static MPY_FUN_1(half_obj, half);

mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    EXPORT(add);
    EXPORT(count);
    EXPORT(table);
    EXPORT(half);
    MPY_STORE(KIND, mpy_new_str("wave"));
    MPY_INIT_EXIT
}
