import gc, sys
import every as m

def check(what, got, want):
    if got != want:
        print("%s: %r, not %r" % (what, got, want))

bits = 64 if sys.maxsize > 0x7fffffff else 32
check("ints", m.ints(40, 3), [37, -(1 << bits - 1), (1 << bits) - 1, False, 13, -7])
try:
    check("floats", m.floats(-0.25), (-0.25, -0.25))
except RuntimeError as e:
    check("floats", str(e), "float unsupported")
check("text", m.text("h\xe9"), ["h\xe9", b"h\xc3\xa9", 2, "literal"])
b = bytearray(b"abc")
check("turn", (m.turn(b) is b, bytes(b), bytes(m.turn(bytearray()))), (True, b"cba", b""))
check("sum", (m.sum([1, 2, 3]), m.sum((4, 5)), m.sum([])), (6, 9, 0))
check("collect", m.collect([5, 6], "k", "v"), ({"k": "v", "n": 2}, 5, "v", list))

def f(*args):
    return args

check("apply", m.apply(f, 1, "x"), [(1, "x"), "f"])
check("nothing", m.nothing(), None)
check("name", m.some_name_that_no_firmware_has, 7)

def raised(call, *args):
    try:
        return call(*args)
    except Exception as e:
        return type(e), e.args

check("fail", raised(m.fail, 0), (ValueError, ("a text",)))
check("fail", raised(m.fail, 1), (OSError, (2,)))
check("fail", raised(m.fail, 2)[0], TypeError)
check("fail", raised(m.fail, 3), (RuntimeError, ("Rust code panicked",)))
check("fail", m.fail(5), -6)
for f, arg in ((m.sum, 3), (m.text, 3), (m.text, b"x"), (m.turn, 3)):
    check("type", raised(f, arg)[0], TypeError)
check("range", raised(m.apply)[0], TypeError)
for i in range(200):
    check("caught", m.caught(0), (False, ValueError, 11))
    check("caught", m.caught(1), (False, OSError, 11))
    check("caught", m.caught(3), (False, RuntimeError, 11))
    check("caught", m.caught(5), (True, -6, 11))
    if i % 50 == 0:
        gc.collect()
print("done")
