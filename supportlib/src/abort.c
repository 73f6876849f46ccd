#include "support.h"

WEAK NORETURN void abort(void) { __mpyld_raise(RuntimeError, "abort() called"); }
