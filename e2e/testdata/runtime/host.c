// What the calls give on the host.
#include <stdio.h>
#ifdef PLAIN
#include "plain.h"
#else
#include "calls.h"
#endif

int main(void) {
    for (int which = 0; which < CALLS; which++) {
        for (int i = 0; i < ARGS; i++) {
            printf("%d %d %016llx\n", which, i, (unsigned long long)call(which, i));
        }
    }
}
