// mphalport.h: nobody presses Ctrl-C in a test bed.
#pragma once

static inline void mp_hal_set_interrupt_char(int chr) {
    (void)chr;
}
