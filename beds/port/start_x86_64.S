// start_x86_64.S: program entry and Linux system calls for x86-64.
    .text

// The kernel enters with rsp pointing at argc, 16-byte aligned as the ABI wants it before a call.
// Debian's C library is compiled with stack protectors, whose number is at fs:0x28.
    .global _start
_start:
    mov     $158, %eax          // arch_prctl
    mov     $0x1002, %edi       // ARCH_SET_FS
    mov     $thread, %esi
    syscall
    mov     %rsp, %rdi
    call    port_start

// long host_syscall(long a, long b, long c, long number): the number goes in rax. r10 is openat's
// mode, which is not looked at.
    .global host_syscall
host_syscall:
    mov     %rcx, %rax
    syscall
    ret

    .local  thread
    .comm   thread, 128, 16

    .section .note.GNU-stack, "", @progbits
