# rom_stubs.py: stand-ins for functions of the ESP8266's boot ROM.
#
#   rom_stubs.py addresses.ld NAME... >rom.S
#
# MicroPython's addresses.ld names the functions that modules may call in the ROM. qemu cannot
# map 0x40000000, so ram_rom.ld puts section .rom at 0x20000000, and this fills it: at each
# function's old offset a jump to the bed's own function of that name.
import re
import sys

ROM_BASE = 0x40000000

addresses, names = sys.argv[1], set(sys.argv[2:])
symbols = re.findall(r"(\w+)\s*=\s*(0x[0-9a-fA-F]+)", open(addresses).read())
stubs = sorted((int(address, 16) - ROM_BASE, name) for name, address in symbols if name in names)

# no-transform: the assembler must not move or relax anything. A literal can only be loaded from
# below the instruction, hence all of them first; ROM functions start above that.
print('    .section .rom,"ax"\n    .begin no-transform\n    .align 4')
for _, name in stubs:
    print(f"literal_{name}: .word {name}")
for offset, name in stubs:
    print(f"    .org {offset:#x}\n    l32r a8, literal_{name}\n    jx a8")
print("    .end no-transform")
