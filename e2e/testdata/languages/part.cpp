// Templates, a static object with a constructor, and names that no C source has.
#include "mpyld.h"

extern "C" int twice(int x); // twice.S

namespace {

template <typename T> T through(T (*f)(T), T x) { return f(x); }

struct Counter {
    int n;
    Counter() : n(through(twice, 5)) {}
    int next() { return ++n; }
} counter;

mpy_obj next() { return mpy_new_int(counter.next()); }
MPY_FUN_0(next_obj, next);

} // namespace

extern "C" int doubled(int x) { return through(twice, x); }

extern "C" void register_counter() { MPY_STORE(MP_QSTR_counted, &next_obj); }
