# .bss, .rodata, relocated pointers in .rodata, and all of it again after the
# collector had every chance to reuse the memory.
import features1, gc


def check():
    print(features1.add(3, 4), [features1.fibonacci(n) for n in (0, 7, 12)])
    features1.access(1, 0x1234)
    features1.access(3, 0xFFFF)
    print(features1.access(), features1.access(1))
    print(bytes(features1.make_array()))
    print(features1.VAL, features1.MSG)
    try:
        features1.fibonacci(-1)
    except ValueError as e:
        print(e)


check()
for _ in range(3):
    gc.collect()
    pressure = [bytes([255]) * n for n in range(1, 600)]
check()
