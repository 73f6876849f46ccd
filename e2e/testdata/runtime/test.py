import runtime

for which in range(runtime.CALLS):
    for i in range(runtime.ARGS):
        print(which, i, "%04x%04x%04x%04x" % runtime.call(which, i))
