// The errno of a C library, as its own headers and functions know it.
#include "mpy.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

// Its errno or its result out of range, as a digit each: 1 is yes.
static mpy_obj overflow(void) {
    errno = 0;
    volatile int large = 1000;
    volatile float result = ldexpf(1, large);
    return mpy_new_int((errno == ERANGE) * 10 + (result > 3e38f));
}
static MPY_FUN_0(overflow_obj, overflow);

static mpy_obj parse(void) {
    errno = 0;
#ifdef STRTOL
    volatile long value = strtol("99999999999999999999", NULL, 10);
    return mpy_new_int((errno == ERANGE) * 10 + (value > 0));
#else
    return mpy_new_int(-1);
#endif
}
static MPY_FUN_0(parse_obj, parse);

// The errno of the call before is still there.
static mpy_obj last(void) { return mpy_new_int(errno == ERANGE); }
static MPY_FUN_0(last_obj, last);

mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_overflow, &overflow_obj);
    MPY_STORE(MP_QSTR_parse, &parse_obj);
    MPY_STORE(MP_QSTR_last, &last_obj);
    MPY_INIT_EXIT
}
