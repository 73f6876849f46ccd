// setjmp_windowed.S: setjmp and longjmp for Xtensa's register windows, which the call0 C library
// lacks.
//
// In this convention a caller's registers are either still in the register file or spilled to
// the stack, at fixed places: the four words below a frame's sp hold a0..a3 of that frame's
// caller, and the caller's a4.. (4 or 8 registers, if it called with call8 or call12) are at the
// top of the caller's own frame, below its caller's base save area. So once everything is
// spilled, memory describes the whole chain of frames, and longjmp is: put the saved words back
// in those places and return, and the window underflow handler does the rest.
//
// jmp_buf, 17 words, as <setjmp.h> documents it; "proc" is the function that called setjmp:
//    0..11  a0..a3 of proc, then a4..a11 as far as its call instruction preserves them
//   12..15  proc's caller's a0..a3 (a1 is needed to find the place of a4..a11 again)
//   16      the return address into proc, with the call's window size in its top two bits

#define BUF_REGS        0
#define BUF_EXTRA       16
#define BUF_CALLER      48
#define BUF_CALLER_SP   52
#define BUF_RETURN      64

#define FRAME_BYTES     32      // entry's; proc's sp is ours + 32

    .text

// spill_windows(depth): calling deeper than the 64 registers hold (8 to a call) forces every
// earlier window out to the stack.
#define SPILL_DEPTH     16
    .align 4
spill_windows:
    entry   a1, FRAME_BYTES
    beqz.n  a2, 1f
    addi    a10, a2, -1
    call8   spill_windows
1:  retw

// int setjmp(jmp_buf buf)
    .global setjmp
    .type setjmp, @function
    .align 4
setjmp:
    entry   a1, FRAME_BYTES
    movi    a10, SPILL_DEPTH
    call8   spill_windows

    addi    a7, a1, -16         // proc's a0..a3 are below our sp
    l32i    a4, a7, 0
    l32i    a5, a7, 4
    s32i    a4, a2, BUF_REGS + 0
    s32i    a5, a2, BUF_REGS + 4
    l32i    a4, a7, 8
    l32i    a5, a7, 12
    s32i    a4, a2, BUF_REGS + 8
    s32i    a5, a2, BUF_REGS + 12

    l32i    a4, a1, FRAME_BYTES - 16    // proc's caller's are below proc's sp
    l32i    a5, a1, FRAME_BYTES - 12
    s32i    a4, a2, BUF_CALLER + 0
    s32i    a5, a2, BUF_CALLER + 4
    l32i    a4, a1, FRAME_BYTES - 8
    l32i    a5, a1, FRAME_BYTES - 4
    s32i    a4, a2, BUF_CALLER + 8
    s32i    a5, a2, BUF_CALLER + 12

    s32i    a0, a2, BUF_RETURN

    // proc's a4..: (n - 1) blocks of 16 bytes, n = 1, 2, 3 for call4, call8, call12. They end
    // 16 bytes below the sp of proc's caller.
    extui   a3, a0, 30, 2
    blti    a3, 2, 2f
    l32i    a7, a1, FRAME_BYTES - 12
    slli    a4, a3, 4
    sub     a5, a7, a4
    addi    a6, a2, BUF_EXTRA
    addi    a7, a7, -16
1:  l32i    a3, a5, 0
    l32i    a4, a5, 4
    s32i    a3, a6, 0
    s32i    a4, a6, 4
    l32i    a3, a5, 8
    l32i    a4, a5, 12
    s32i    a3, a6, 8
    s32i    a4, a6, 12
    addi    a5, a5, 16
    addi    a6, a6, 16
    blt     a5, a7, 1b
2:  movi    a2, 0
    retw

// void longjmp(jmp_buf buf, int value)
    .global longjmp
    .type longjmp, @function
    .align 4
longjmp:
    entry   a1, FRAME_BYTES
    movi    a10, SPILL_DEPTH
    call8   spill_windows

    l32i    a0, a2, BUF_RETURN  // pretend that we were called where setjmp was
    addi    a7, a1, -16
    l32i    a4, a2, BUF_REGS + 0
    l32i    a5, a2, BUF_REGS + 4
    s32i    a4, a7, 0
    s32i    a5, a7, 4
    l32i    a4, a2, BUF_REGS + 8
    l32i    a5, a2, BUF_REGS + 12
    s32i    a4, a7, 8
    s32i    a5, a7, 12

    extui   a8, a0, 30, 2
    blti    a8, 2, 2f
    l32i    a7, a2, BUF_CALLER_SP
    slli    a4, a8, 4
    sub     a5, a7, a4
    addi    a6, a2, BUF_EXTRA
    addi    a7, a7, -16
1:  l32i    a8, a6, 0
    l32i    a4, a6, 4
    s32i    a8, a5, 0
    s32i    a4, a5, 4
    l32i    a8, a6, 8
    l32i    a4, a6, 12
    s32i    a8, a5, 8
    s32i    a4, a5, 12
    addi    a5, a5, 16
    addi    a6, a6, 16
    blt     a5, a7, 1b

2:  l32i    a7, a2, BUF_REGS + 4        // proc's sp
    addi    a7, a7, -16
    l32i    a4, a2, BUF_CALLER + 0
    l32i    a5, a2, BUF_CALLER + 4
    s32i    a4, a7, 0
    s32i    a5, a7, 4
    l32i    a4, a2, BUF_CALLER + 8
    l32i    a5, a2, BUF_CALLER + 12
    s32i    a4, a7, 8
    s32i    a5, a7, 12

    movi    a4, 1               // longjmp(buf, 0) makes setjmp return 1
    mov     a2, a3
    moveqz  a2, a4, a3
    retw
