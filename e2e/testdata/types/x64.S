// See types_test.go. TYPE(n, symbol) is relocation type n of this place.

#define FUNC(name) .globl name; .type name, %function; name
#define TYPE(n, symbol) .reloc ., R_X86_64_NONE, symbol
    .text

FUNC(abs32): movl $defsym77, %eax // = 77
    ret
FUNC(abs32s): movq $defsymbig, %rax // = 305422200
    ret
FUNC(abs16): xorl %eax, %eax // = 77
    movw $defsym77, %ax
    ret
FUNC(abs8): xorl %eax, %eax // = 77
    movb $defsym77, %al
    ret
FUNC(pc32_bnd): .byte 0xe8 // = 41
    .reloc ., R_X86_64_PC32_BND, forty - 4
    .long 0
    incl %eax
    ret
FUNC(plt32_bnd): .byte 0xe8 // = 42
    .reloc ., R_X86_64_PLT32_BND, forty - 4
    .long 0
    addl $2, %eax
    ret
FUNC(forty): movl $40, %eax
    ret
FUNC(code_4_gotpcrelx): .byte 0x48, 0x8b, 0x05 // = 1234567
    TYPE(43, number - 4) // mov number@GOTPCREL(%rip), %rax
    .long 0
    movl (%rax), %eax
    ret
FUNC(marks): TYPE(0, number) // = 5
    movl $5, %eax
    ret
    .section .note.GNU-stack, "", %progbits
