// Branches of every form to code that is farther away than they reach. What is there adds
// up the arguments and registers that no branch may change.
//
// SUM is the code of this part. With TO, there are five functions, by the names of F(1) to
// F(5), which go on to the code TO; the last one calls CALLED.

#if defined(__XTENSA__)
#if defined(__XTENSA_CALL0_ABI__)
#define ENTER
#define LEAVE ret
#else
#define ENTER entry a1, 32
#define LEAVE retw
#endif

.macro function name
    .section .text.\name, "ax"
    .align 4
    .global \name
    .type \name, @function
\name:
    ENTER
    movi a8, 1
    movi a9, 2
    movi a10, 4
    movi a11, 8
    movi a6, 0
    movi a7, 1
.endm

    .section .text.SUM, "ax"
    .align 4
    .global SUM
SUM:
    add a2, a2, a3
    add a2, a2, a4
    add a2, a2, a5
    add a2, a2, a8
    add a2, a2, a9
    add a2, a2, a10
    add a2, a2, a11
    LEAVE

#ifdef TO
    function F(1)
    j TO
    function F(2)
    _beqz a6, TO
    movi a2, 0
    LEAVE
    function F(3)
    _beq a8, a7, TO
    movi a2, 0
    LEAVE
    function F(4)
    _beqz.n a6, TO
    movi a2, 0
    LEAVE
    function F(5)
    _bltui a7, 2, TO
    movi a2, 0
    LEAVE
#endif

#elif defined(__riscv)
.macro function name
    .section .text.\name, "ax"
    .global \name
    .type \name, @function
\name:
    li t0, 1
    li t1, 2
    li t2, 4
    li t3, 8
    li t4, 16
    li t5, 32
    li t6, 64
    li a6, 0
.endm

.macro relocated type, size, code
    .reloc ., R_RISCV_\type, TO
    .\size \code
.endm

    .section .text.SUM, "ax"
    .global SUM
    .type SUM, @function
SUM:
    add a0, a0, a1
    add a0, a0, a2
    add a0, a0, a3
    add a0, a0, t0
    add a0, a0, t1
    add a0, a0, t2
    add a0, a0, t3
    add a0, a0, t4
    add a0, a0, t5
    add a0, a0, t6
    ret

    .section .text.CALLED, "ax" // t1 is another's
    .global CALLED
    .type CALLED, @function
CALLED:
    add a0, a0, a1
    add a0, a0, a2
    add a0, a0, a3
    add a0, a0, t0
    add a0, a0, t2
    add a0, a0, t3
    add a0, a0, t4
    add a0, a0, t5
    add a0, a0, t6
    ret

#ifdef TO
    function F(1)
    relocated JAL, 4byte, 0x0000006f // j
    function F(2)
    relocated BRANCH, 4byte, 0x00080063 // beqz a6
    li a0, 0
    ret
    function F(3)
    mv a4, a6
    relocated RVC_BRANCH, 2byte, 0xc301 // c.beqz a4
    li a0, 0
    ret
    function F(4)
    relocated RVC_JUMP, 2byte, 0xa001 // c.j
    function F(5)
    mv a5, ra
    .reloc ., R_RISCV_JAL, CALLS
    .4byte 0x000000ef // jal
    jr a5
#endif

#elif defined(__arm__)
    .syntax unified
    .thumb
.macro function name
    .section .text.\name, "ax"
    .align 2
    .global \name
    .type \name, %function
    .thumb_func
\name:
    push {r4}
    movs r4, #15
    mov r12, r4
    pop {r4}
    cmp r0, r0 // equal, and carry
.endm

    .section .text.SUM, "ax"
    .global SUM
    .type SUM, %function
    .thumb_func
SUM:
    adcs r0, r1
    adds r0, r2
    adds r0, r3
    add r0, r12
    bx lr

#ifdef TO
#ifdef __ARM_ARCH_6M__
#define WIDE(insn) insn.n
#else
#define WIDE(insn) insn.w
#endif
    function F(1)
    b.n TO
    function F(2)
    beq.n TO
    movs r0, #0
    bx lr
    function F(3)
    WIDE(b) TO
    function F(4)
    WIDE(beq) TO
    movs r0, #0
    bx lr
    function F(5)
    push {r4, lr}
    bl TO
    pop {r4, pc}
#endif
#endif
