# Tests NAME in a MicroPython. mpyld run builds for the one that is there, and runs this.
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
