// See types_test.go.

    .syntax unified
    .thumb
#define FUNC(name) .balign 4; .globl name; .type name, %function; .thumb_func; name
    .text

FUNC(abs16): ldr r0, =halves // = 77
    ldrh r0, [r0]
    bx lr
FUNC(abs8): ldr r0, =bytes // = 77
    ldrb r0, [r0]
    bx lr
FUNC(target2): ldr r0, 1f // = 1234567
    adr r1, 1f
    ldr r0, [r0, r1]
    bx lr
    .balign 4
1:  .long number(TARGET2) // GNU ld's default would be REL32 for bare metal too
FUNC(marks): movs r0, #5 // = 5
    .reloc ., R_ARM_V4BX, number
    .reloc ., R_ARM_GNU_VTENTRY, number
    .reloc ., R_ARM_GNU_VTINHERIT, number
    bx lr
FUNC(tls_ie): push {r4, lr} // = 88
    bl __aeabi_read_tp
    ldr r1, 1f
2:  add r1, pc
    ldr r1, [r1]
    ldr r0, [r0, r1]
    pop {r4, pc}
    .balign 4
1:  .long threadlocal(GOTTPOFF) + (. - 2b - 4)
#if __ARM_ARCH >= 7
FUNC(thm_jump6): movs r0, #0 // = 9
    // No assembler emits it. As in GNU ld, the field is S + A - P, and PC is 4 more.
    .reloc ., R_ARM_THM_JUMP6, before_target
    .short 0xb100 // cbz r0
    bx lr
    .globl before_target
before_target: bx lr
    bx lr
    movs r0, #9
    bx lr
#endif

    .section .rodata
    .balign 4
halves: .short defsym77
bytes: .byte defsym77

    .section .tdata, "awT", %progbits
    .balign 4
    .type threadlocal, %object
threadlocal: .long 88
