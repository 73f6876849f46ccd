// A module of calls to the C library.
#include "mpy.h"
#ifdef PLAIN
#include "plain.h"
#else
#include "calls.h"
#endif

// The value in two halves, which fit small integers everywhere.
static mpy_obj call_(mpy_obj which, mpy_obj i) {
    uint64_t v = call(mpy_get_int(which), mpy_get_int(i));
    mpy_obj parts[4] = {
        MPY_SMALL_INT(v >> 48 & 0xffff), MPY_SMALL_INT(v >> 32 & 0xffff), MPY_SMALL_INT(v >> 16 & 0xffff), MPY_SMALL_INT(v & 0xffff),
    };
    return mp_fun_table.new_tuple(4, parts);
}
static MPY_FUN_2(call_obj, call_);

mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_call, &call_obj);
    MPY_STORE(MP_QSTR_CALLS, MPY_SMALL_INT(CALLS));
    MPY_STORE(MP_QSTR_ARGS, MPY_SMALL_INT(ARGS));
    MPY_INIT_EXIT
}
