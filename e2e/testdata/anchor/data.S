// Like data.S of fixtures/src/anchor, but initialised: the block starts with rodata.
    .data
    .balign 16
    .space 256
    .globl anchor_data
    .type anchor_data, %object
    .size anchor_data, 64
anchor_data:
    .space 64
    .section .note.GNU-stack, "", %progbits
