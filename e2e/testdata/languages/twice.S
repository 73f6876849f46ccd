// int twice(int x), by hand for each machine: the compiler's macros say which it is.
#define NAME twice
        .section .text.twice, "ax", %progbits
        .balign 4
        .global NAME
        .type NAME, %function
#if defined(__x86_64__)
NAME:   leal (%rdi, %rdi), %eax
        ret
#elif defined(__i386__)
NAME:   movl 4(%esp), %eax
        addl %eax, %eax
        ret
#elif defined(__thumb__)
        .syntax unified
        .thumb_func
NAME:   adds r0, r0, r0
        bx lr
#elif defined(__XTENSA_WINDOWED_ABI__)
NAME:   entry a1, 32
        add a2, a2, a2
        retw
#elif defined(__XTENSA__)
NAME:   add a2, a2, a2
        ret
#elif defined(__riscv_xlen) && __riscv_xlen == 64
NAME:   addw a0, a0, a0
        ret
#elif defined(__riscv)
NAME:   add a0, a0, a0
        ret
#else
#error "no code for this machine"
#endif
        .size NAME, . - NAME
