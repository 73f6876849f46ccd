// These have members of their own: a program that has its own malloc gets a
// calloc that goes with it. (What must not be mixed, link/heap.go knows.)
#include "support.h"

WEAK void *malloc(size_t n) { return or_enomem(__mpyld_alloc(n)); }
