import clib

gc.threshold(-1)
keep = [bytearray(64) for _ in range(100)]
wrong = 0
for _ in range(6):
    wrong += clib.work(40)
    churn()
print("wrong", wrong, clib.toomuch(), clib.done(), sum(any(k) for k in keep))
print("break", clib.moved())
churn()
print(clib.moved())
gc.collect()
before = gc.mem_alloc()
for _ in range(15):
    clib.work(50)
    clib.done()
gc.collect()
print("left", (gc.mem_alloc() - before) // 1000)
print(clib.check(1))
for call in (lambda: clib.check(0), lambda: clib.quit(3), clib.give_up):
    try:
        call()
    except BaseException as e:
        print(type(e).__name__, e.args)
if hasattr(clib, "say"):
    print("stdin", clib.say(7))
