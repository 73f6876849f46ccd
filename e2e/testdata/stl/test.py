import stl


def raises(f, *args):
    try:
        print(f(*args))
    except Exception as e:
        print(type(e).__name__)


def check():
    print(stl.push(30), stl.push(10), stl.push(20), stl.at(0), stl.at(2), stl.shared())
    churn()
    raises(stl.at, 100)
    raises(stl.reserve, -1)
    raises(stl.reserve, (1 << 60) // 4)
    print(stl.bits(3), end=" ")
    raises(stl.bits, 150)
    if hasattr(stl, "checked"):
        raises(stl.checked, 100)


twice(check)
