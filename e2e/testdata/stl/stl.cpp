// Templates of the C++ library, of which a module takes the headers only.
#include <algorithm>
#include <array>
#include <bitset>
#include <memory>
#include <vector>

#include "mpy.h"

static std::vector<int> numbers;

static mpy_obj push(mpy_obj n) {
    numbers.push_back(mpy_get_int(n));
    std::sort(numbers.begin(), numbers.end());
    return mpy_new_int(numbers.size());
}
static MPY_FUN_1(push_obj, push);

static mpy_obj at(mpy_obj i) { return mpy_new_int(numbers.at(mpy_get_int(i))); }
static MPY_FUN_1(at_obj, at);

// Without a check, unless _GLIBCXX_ASSERTIONS asks for one.
static mpy_obj get(mpy_obj i) { return mpy_new_int(numbers[mpy_get_int(i)]); }
static MPY_FUN_1(get_obj, get);

static mpy_obj bits(mpy_obj n) { return mpy_new_int((std::bitset<200>(1) << mpy_get_int(n)).to_ulong()); }
static MPY_FUN_1(bits_obj, bits);

static mpy_obj reserve(mpy_obj n) {
    numbers.reserve(mpy_get_int(n));
    return mpy_new_int(numbers.capacity());
}
static MPY_FUN_1(reserve_obj, reserve);

static mpy_obj shared() {
    auto a = std::make_unique<std::array<int, 3>>();
    (*a)[1] = 7;
    auto b = std::move(a);
    return mpy_new_int((*b)[1] * 10 + (a == nullptr));
}
static MPY_FUN_0(shared_obj, shared);

extern "C" mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_push, &push_obj);
    MPY_STORE(MP_QSTR_at, &at_obj);
    MPY_STORE(MP_QSTR_bits, &bits_obj);
    MPY_STORE(MP_QSTR_get, &get_obj);
#ifdef _GLIBCXX_ASSERTIONS
    MPY_STORE(MP_QSTR_checked, &get_obj);
#endif
    MPY_STORE(MP_QSTR_reserve, &reserve_obj);
    MPY_STORE(MP_QSTR_shared, &shared_obj);
    MPY_INIT_EXIT
}
