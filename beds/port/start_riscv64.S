// start_riscv64.S: program entry and Linux system calls for RISC-V. The file has the name that
// the toolchain gives itself, and serves 32 bits too: no instruction here depends on the width.
    .text

// The kernel enters with sp pointing at argc, 16-byte aligned as the ABI wants it.
    .global _start
_start:
    .option push
    .option norelax             // the linker would relax this into "mv gp, gp"
    la      gp, __global_pointer$
    .option pop
    mv      a0, sp
    call    port_start

// long host_syscall(long a, long b, long c, long number): the number goes in a7. a3 is openat's
// mode, which is not looked at.
    .global host_syscall
host_syscall:
    mv      a7, a3
    ecall
    ret
