// The second object of the module: see wave.c.
#include "mpy.h"

static int last;

int removed(int n) {
    return last - n;
}

int form(int n) {
    int steps = 0;
    while (n > 100) {
        n -= 7;
        steps++;
    }
    last += steps;
    return n + last;
}
