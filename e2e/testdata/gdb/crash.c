// Functions that crash where they are told to: see ../../crash_test.go, which has the lines.
#include "mpy.h"

struct node {
    int value;
    struct node *next;
};

static inline __attribute__((always_inline)) int second(const volatile struct node *n) {
    const volatile struct node *next = n->next;
    int value = next->value;
    return value * 3;
}

__attribute__((noinline)) static int walk(const volatile struct node *n, int times) {
    int sum = 0;
    while (times-- > 0) {
        sum += second(n);
    }
    return sum;
}

static mpy_obj crash(mpy_obj at) {
    struct node first = {1, (struct node *)mpy_get_int(at)};
    return mpy_new_int(walk(&first, 2) + 1);
}
static MPY_FUN_1(crash_obj, crash);

mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_crash, &crash_obj);
    MPY_INIT_EXIT
}
