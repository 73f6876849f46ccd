import clib

print("own", clib.own(), clib.check(7))
