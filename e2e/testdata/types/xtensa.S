// See types_test.go. TYPE(n, symbol) is relocation type n of this place.

#define FUNC(name) .align 4; .globl name; .type name, %function; name
#define TYPE(n, symbol) .reloc ., R_XTENSA_NONE, symbol
#ifdef __XTENSA_WINDOWED_ABI__
#define ENTER entry a1, 32
#define RETURN retw
#else
#define ENTER
#define RETURN ret
#endif
    .text

#ifdef __XTENSA_WINDOWED_ABI__
FUNC(loop): ENTER // = 15
    movi a2, 0
    movi a3, 5
    loop a3, 1f // its end is a place in the section
    addi a2, a2, 3
1:  RETURN
FUNC(loop_section): ENTER // = 21
    movi a2, 0
    movi a3, 7
    .reloc ., R_XTENSA_SLOT0_OP, loop_end
    .byte 0x76, 0x83, 0 // loop a3
    addi a2, a2, 3
    .globl loop_end
loop_end: RETURN
FUNC(bf): ENTER // = 6
    movi a2, 6
    movi a3, 0
    wsr a3, br
    .reloc ., R_XTENSA_SLOT0_OP, bf_target
    .byte 0x76, 0x00, 0 // bf b0
    movi a2, 7
    RETURN
FUNC(bt): ENTER // = 7
    movi a2, 7
    movi a3, 1
    wsr a3, br
    rsync
    .reloc ., R_XTENSA_SLOT0_OP, bf_target
    .byte 0x76, 0x10, 0 // bt b0
    movi a2, 8
    RETURN
    .globl bf_target
bf_target: RETURN
FUNC(calls): ENTER // = 10
    call4 nine // in its window, this a6 is a2
    mov a2, a6
    call12 nine // and this a14
    sub a2, a14, a2
    addi a2, a2, 10
    RETURN
    .align 4
nine: ENTER
    movi a2, 9
    RETURN
#endif
FUNC(pcrel32): ENTER // = 1234567
    movi a3, distance
    l32i a2, a3, 0
    add a2, a2, a3
    l32i a2, a2, 0
    RETURN
FUNC(abs32): ENTER // = 103
    movi a2, pointer
    l32i a2, a2, 0
    l32i a2, a2, 0
    RETURN
FUNC(diff): ENTER // = 7
    movi a3, differences
    l32i a2, a3, 0
    l32i a3, a3, 4
    add a2, a2, a3
    RETURN
FUNC(marks): TYPE(0, number) // = 5
    ENTER
    movi a2, 5
    .reloc ., R_XTENSA_GNU_VTINHERIT, number
    .reloc ., R_XTENSA_GNU_VTENTRY, number
    RETURN
    .align 4
    // What the assembler computed stays as it is.
differences: .reloc ., R_XTENSA_DIFF32, marks
    .long 3
    .reloc ., R_XTENSA_NDIFF8, marks
    .byte 4
    .reloc ., R_XTENSA_DIFF8, marks
    .byte 0
    .reloc ., R_XTENSA_DIFF16, marks
    .short 0
    .reloc ., R_XTENSA_NDIFF16, marks
    .short 0
    TYPE(63, marks) // R_XTENSA_PDIFF_ULEB128
    .byte 0x80, 0

    .section .data.rel.ro, "aw"
    .align 4
distance: .reloc ., R_XTENSA_32_PCREL, near
    .long 0
near: .long 1234567
pointer: TYPE(64, table + 8) // R_XTENSA_32_ABS
    .long 0
