// See types_test.go.

#define FUNC(name) .globl name; .type name, %function; name
    .text

FUNC(marks): .reloc ., R_386_NONE, number // = 5
    .reloc ., R_386_GNU_VTINHERIT, number
    movl $5, %eax
    ret
    .reloc ., R_386_GNU_VTENTRY, number
    .long 0
    .section .note.GNU-stack, "", %progbits
