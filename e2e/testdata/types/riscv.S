// See types_test.go. TYPE(n, symbol) is relocation type n of this place.

#if __riscv_xlen == 64
#define LX ld
#define SX sd
#else
#define LX lw
#define SX sw
#endif
#define FUNC(name) .globl name; .type name, %function; name
#define TYPE(n, symbol) .reloc ., R_RISCV_NONE, symbol
    .option pic
    .option norelax
    .text

FUNC(plt32): // = 41
    lla a1, to_forty
    lw a0, 0(a1)
    add a0, a0, a1
    addi sp, sp, -16
    SX ra, 0(sp)
    jalr a0
    LX ra, 0(sp)
    addi sp, sp, 16
    addi a0, a0, 1
    ret
FUNC(forty): li a0, 40
    ret
FUNC(got32_pcrel): // = 1234567
    lla a1, to_slot
    lw a0, 0(a1)
    add a0, a0, a1
    LX a0, 0(a0)
    lw a0, 0(a0)
    ret
FUNC(got32_pcrel_addend): // = 1234567
    lla a1, to_slot + 4
    lw a0, 0(a1)
    add a0, a0, a1
    LX a0, -4(a0)
    lw a0, 0(a0)
    ret
FUNC(uleb128_1): // = 100
    lla a1, uleb1
    j uleb
FUNC(uleb128_2): // = 300
    lla a1, uleb2
    j uleb
FUNC(uleb128_3): // = 300
    lla a1, uleb3
    j uleb
FUNC(uleb128_4): // = 20200
    lla a1, uleb4
    j uleb
FUNC(uleb128_5): // = 20200
    lla a1, uleb5
uleb: // decodes the number at a1
    li a0, 0
    li a3, 0
1:  lbu a2, 0(a1)
    andi a4, a2, 0x7f
    sll a4, a4, a3
    add a0, a0, a4
    addi a3, a3, 7
    addi a1, a1, 1
    andi a2, a2, 0x80
    bnez a2, 1b
    ret
FUNC(constant64): // = 77
    lla a1, eight_bytes
    lw a0, 0(a1)
    lw a1, 4(a1)
    add a0, a0, a1
    ret
FUNC(marks): TYPE(0, number) // = 5
    li a0, 5
    TYPE(42, number) // R_RISCV_GNU_VTENTRY
    ret

    .section .rodata
    .balign 8
eight_bytes: .reloc ., R_RISCV_64, defsym77
    .4byte 0, 0
to_forty: TYPE(59, forty) // R_RISCV_PLT32
    .4byte 0
to_slot: TYPE(41, number) // R_RISCV_GOT32_PCREL
    .4byte 0
    TYPE(41, number + 4)
    .4byte 0
    // R_RISCV_SET_ULEB128 and SUB_ULEB128. The number of bytes stays.
#define ULEB(end) TYPE(60, end); TYPE(61, start)
uleb1: ULEB(near)
    .byte 0
uleb2: ULEB(middle)
    .byte 0x80, 0
uleb3: ULEB(middle)
    .byte 0xff, 0x80, 0x7f // what was there does not count
uleb4: ULEB(far)
    .byte 0x80, 0x80, 0x80, 0
uleb5: ULEB(far)
    .byte 0x80, 0x80, 0x80, 0x80, 0
start: .space 100
near: .space 200
middle: .space 19900
far: .byte 0
