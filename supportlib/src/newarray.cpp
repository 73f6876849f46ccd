#include "support.h"

WEAK void *operator new[](size n) { return operator new(n); }
