// start_xtensa.S: program entry and Linux system calls for Xtensa, in both of its calling
// conventions: call0 (ESP8266) and register windows (ESP32).
    .text

#ifdef __XTENSA_WINDOWED_ABI__

// The kernel enters with a1 pointing at argc. A call4 moves the window by four registers, so
// the callee's a2, its first argument, is a6 here; a0 = 0 ends the chain of frames.
    .global _start
    .align 4
_start:
    movi    a0, 0
    mov     a6, a1
    movi    a7, -16
    and     a1, a1, a7
    addi    a1, a1, -64         // room for the save areas that the callee may spill to
    call4   port_start

    .global host_syscall
    .align 4
host_syscall:
    entry   a1, 32

#else

    .global _start
    .align 4
_start:
    movi    a0, 0
    mov     a2, a1
    movi    a7, -16
    and     a1, a1, a7
    call0   port_start

    .global host_syscall
    .align 4
host_syscall:

#endif

// long host_syscall(long a, long b, long c, long number): arguments arrive in a2 to a5, and the
// kernel wants the number in a2 and the arguments in a6, a3, a4, a5. (a5, here the number, is
// openat's mode, which is not looked at.)
    mov     a6, a2
    mov     a2, a5
    syscall
#ifdef __XTENSA_WINDOWED_ABI__
    retw
#else
    ret
#endif
