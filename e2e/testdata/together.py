# Runs the scripts of several modules, each in a directory below this script's, as
# if each were the first in its interpreter: nothing that a script imported, defined
# or set is left to the next. Lines that start with \x01 are in front of and behind
# what a script prints. A script may end itself; any other exception ends it all: the
# tests then run the rest alone.
# sys.path[0] is this script's directory; CASES comes in front of this text.
import gc
import sys

base, path, modules = sys.path[0], sys.path[1:], set(sys.modules)


def clean_stack(depth):
    # What was on the stack would keep memory of the next module that lies where
    # memory of the last one lay, though the collector has lost sight of it.
    a = b = c = d = e = f = g = h = depth
    if depth:
        clean_stack(depth - 1)


def forget():
    gc.threshold(-1)
    for name in list(sys.modules):
        if name not in modules:
            del sys.modules[name]
    clean_stack(40)
    gc.collect()


def run(case):
    sys.path[:] = [base + "/" + case] + path
    with open(base + "/" + case + "/test.py") as script:
        text = script.read()
    scope = {"__name__": "__main__"}
    try:
        exec(text, scope)
    except SystemExit as e:
        if e.value:
            raise
    scope.clear()


for case in CASES.split():
    print("\x01begin", case)
    run(case)
    print("\x01end", case)
    forget()
