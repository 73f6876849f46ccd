// Variables of all kinds: zero, with a value, constant, with addresses in them.
#include "mpyld.h"

static int counter;
static int start = 6;
static const int order[] = {3, 1, 2};
static const int *const tables[] = {order};

int next_count(void) { return start + ++counter; }

mpy_obj table_list(void) {
    mpy_obj items[3];
    for (int i = 0; i < 3; i++) {
        items[i] = mpy_new_int(tables[0][i]);
    }
    return mp_fun_table.new_list(3, items);
}
