// The compiler for the ESP8266 leaves out of libgcc.a the functions that the chip has in
// ROM: these, at addresses that are the same on every one of them
// (ports/esp8266/boards/eagle.rom.addr.v6.ld of MicroPython@v1.26, which upstream's
// modules are linked with). A libgcc.a that has one, or -e, comes first.
#if defined(__xtensa__) && !defined(__XTENSA_WINDOWED_ABI__)
#define IN_ROM(name, address) \
    __asm__(".weak " #name "\n.type " #name ", @function\n" #name " = " #address)

IN_ROM(__muldi3, 0x40000650);
IN_ROM(__addsf3, 0x4000c180);
IN_ROM(__subsf3, 0x4000c268);
IN_ROM(__mulsf3, 0x4000c3dc);
IN_ROM(__fixunssfsi, 0x4000c4c4);
IN_ROM(__adddf3, 0x4000c538);
IN_ROM(__subdf3, 0x4000c688);
IN_ROM(__muldf3, 0x4000c8f0);
IN_ROM(__divdf3, 0x4000cb94);
IN_ROM(__fixdfsi, 0x4000ccb8);
IN_ROM(__fixunsdfsi, 0x4000cd00);
IN_ROM(__truncdfsf2, 0x4000cd5c);
IN_ROM(__extendsfdf2, 0x4000cdfc);
IN_ROM(__divdi3, 0x4000ce60);
IN_ROM(__udivdi3, 0x4000d310);
IN_ROM(__umoddi3, 0x4000d770);
IN_ROM(__divsi3, 0x4000dc88);
IN_ROM(__umulsidi3, 0x4000dcf0);
IN_ROM(__udivsi3, 0x4000e21c);
IN_ROM(__umodsi3, 0x4000e268);
IN_ROM(__floatunsisf, 0x4000e2a4);
IN_ROM(__floatsisf, 0x4000e2ac);
IN_ROM(__floatunsidf, 0x4000e2e8);
IN_ROM(__floatsidf, 0x4000e2f0);
#endif
