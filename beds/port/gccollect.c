// gccollect.c: find the garbage collector's roots in the registers and on the stack.

#include <setjmp.h>
#include <stdint.h>

#include "py/gc.h"
#include "py/mpstate.h"

void gc_collect(void) {
    gc_collect_start();
    // setjmp stores the callee-saved registers, all that can still hold a caller's pointer, in
    // a buffer on the stack; from there to the top of the stack every word may be a root.
    jmp_buf registers;
    setjmp(registers);
    void **lowest = (void **)(void *)&registers;
    gc_collect_root(lowest, ((uintptr_t)MP_STATE_THREAD(stack_top) - (uintptr_t)lowest) / sizeof(void *));
    gc_collect_end();
}
