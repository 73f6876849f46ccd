# Tests NAME in a MicroPython: MICROPYPATH=dist/x64_6.3 micropython test.py
import NAME

assert NAME.add(40, 2) == 42
assert NAME.add(-1, -2) == -3
assert NAME.peak(b"wave") == ord("w")
assert NAME.peak(bytearray([3, 200, 7])) == 200
for wrong, error in ((b"", ValueError), (3.5, TypeError)):
    try:
        NAME.peak(wrong)
    except error:
        pass
    else:
        raise AssertionError("no %s for %r" % (error.__name__, wrong))
print("ok")
