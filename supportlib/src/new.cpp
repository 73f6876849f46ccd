#include "support.h"

WEAK void *operator new(size n) {
    void *p = __mpyld_alloc(n);
    if (!p) {
        no_memory();
    }
    return p;
}
