# smoke.py: does this bed's MicroPython work at all? Prints ok or dies.
import gc
import math
import sys

assert sys.implementation.name == "micropython"
assert sys.implementation._mpy & 0xFF == 6, "loads mpy version 6"
assert (sys.implementation._mpy >> 8) & 3 == 3, "native sub-version 3"

# Arithmetic: soft or hard float, libgcc's 64-bit division, big integers.
assert abs(math.sqrt(2) - 1.41421356) < 1e-6 and abs(math.sin(1) - 0.84147098) < 1e-6
assert float("1.25e3") == 1250.0 and 1 / 4 == 0.25
assert 10**9 // 7 == 142857142 and 2**70 % 97 == 2**22 % 97  # 2**48 % 97 == 1


# Exceptions through many frames, that is, the port's setjmp or NLR.
def dig(depth):
    if depth == 0:
        raise ValueError("bottom")
    try:
        return dig(depth - 1)
    except KeyError:
        pass
    finally:
        depth = 0


for _ in range(20):
    try:
        dig(50)
        assert False
    except ValueError as e:
        assert e.args == ("bottom",)

# Machine code on the heap, made by MicroPython's own emitter; only 64-bit RISC-V has none.
RV64IMC = 12
if sys.implementation._mpy >> 10 != RV64IMC:
    scope = {}
    exec("@micropython.native\ndef triangle(n): return n and n + triangle(n - 1)", scope)
    assert scope["triangle"](10) == 55

# The collector: garbage goes, and what a local still refers to stays.
kept = [bytes([i]) * 100 for i in range(100)]
for _ in range(100):
    [bytes(100) for _ in range(500)]
gc.collect()
assert all(b == bytes([i]) * 100 for i, b in enumerate(kept))
assert gc.mem_alloc() < 1000000
print("ok")
