// start_arm.S: program entry and Linux system calls for Thumb (EABI; Thumb-1 instructions only,
// so that the armv6m bed can use it).
    .syntax unified
    .text
    .thumb

// The kernel enters with sp pointing at argc and 8-byte aligned, as the ABI wants it.
    .global _start
    .thumb_func
_start:
    mov     r0, sp
    bl      port_start

// long host_syscall(long a, long b, long c, long number): the EABI takes the number in r7.
    .global host_syscall
    .thumb_func
host_syscall:
    push    {r7, lr}
    mov     r7, r3
    svc     0
    pop     {r7, pc}
