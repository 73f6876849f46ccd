import gc, sys
import every as m

def check(what, got, want):
    if got != want:
        print("%s: %r, not %r" % (what, got, want))

bits = 64 if sys.maxsize > 0x7fffffff else 32
check("ints", m.ints(40, 2), [38, -(1 << bits - 1), (1 << bits) - 1, -5, True, 20, -40, 2, -3])
try:
    check("floats", m.floats(3), (3.0, 3.0))
    check("floats", m.floats(-0.25), (-0.25, -0.25))
except RuntimeError as e:
    check("floats", str(e), "float unsupported")
check("text", m.text("h\xe9llo"), ["h\xe9llo", b"h\xc3\xa9llo", "literal", "interned", 1])
check("text", m.text(b"ab"), ["ab", b"ab", "literal", "interned", 0])
b = bytearray(b"abcde")
check("turn", (m.turn(b) is b, bytes(b)), (True, b"edcba"))
check("memory", bytes(m.memory(6)), b"xabcxx")
check("collect", m.collect(["a", "b", "a"]), ({0: "a", 1: "b", 2: "a"}, 2, "a", "a"))
check("collect", m.collect((7, 8, 9)), ({0: 7, 1: 8, 2: 9}, 3, 9, 7))
check("sum", (m.sum([1, 2, 3, 4]), m.sum((1, 2, 3, 4))), (64, 68))

def f(*args, key=0):
    return args, key

check("apply", m.apply(f, 1, "x"), [((1, "x"), 0), ((1,), 7), "f"])
check("keywords", m.keywords(5, key="k"), (6, "k"))
check("keywords", m.keywords(5), (6, None))
check("three", m.three(1, 2, 3), [3, 2, 1])
check("some", (m.some(1), m.some(1, 2)), (1, 2))
check("import", m.import_pi(), sys.byteorder)
check("native", m.native(1, 2), ([1, 2], 1))

def raised(call, *args):
    try:
        return call(*args)
    except Exception as e:
        return type(e), e.args

check("fail", raised(m.fail, 0), (ValueError, ("a text",)))
check("fail", raised(m.fail, 1), (OSError, (2,)))
check("fail", raised(m.fail, 2), (KeyError, ()))
check("fail", raised(m.fail, 3)[0], NameError)
check("fail", raised(m.fail, 4)[0], ZeroDivisionError)
check("fail", m.fail(5), -6)
for f in m.sum, m.turn:
    check("type", raised(f, 3)[0], TypeError)
check("range", raised(m.some, 1, 2, 3)[0], TypeError)
for i in range(200):
    check("caught", m.caught(0), (False, ValueError, 111))
    check("caught", m.caught(1), (False, OSError, 11))
    check("caught", m.caught(3), (False, NameError, 11))
    check("caught", m.caught(5), (True, -6, 11))
    check("twice", (m.twice(0), m.twice(1), m.twice(5)), (3, 2, 1))
    if i % 50 == 0:
        gc.collect()

c = m.counter(3)
check("class", (str(c), repr(c), c.n, c(1, 2), c.double()), ("counter(3)!", "counter(3)", 3, 6, 6))
c.n = 4
check("class", ((c + 3).n, list(c), c.n), (7, [3, 2, 1, 0], 0))
check("class", (type(c) is m.counter, m.counter.__name__), (True, "counter"))
check("class", raised(lambda: c.none)[0], AttributeError)
check("class", raised(lambda: c - 1)[0], TypeError)
check("class", raised(m.counter)[0], TypeError)
gc.collect()
check("class", m.counter(9).double(), 18)
print("done")
