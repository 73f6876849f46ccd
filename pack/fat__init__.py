# NAME: imports the part of this package that the firmware takes.
# Made by mpyld pack.
import sys


def _load():
    i = sys.implementation
    m = getattr(i, "_mpy", 0) or getattr(i, "mpy", 0)
    if i.name != "micropython":
        raise ImportError("NAME is for MicroPython, not for " + i.name)
    if not m >> 10 & 15:
        raise ImportError("NAME: this firmware loads no native code")
    # By .mpy version and sub-version, and by architecture: the parts, best first.
    table = {
PARTS    }.get(m & 1023)
    if not table:
        raise ImportError("NAME is for .mpy ABIS, this firmware has %d.%d" % (m & 255, m >> 8 & 3))
    parts = table.get(m >> 10 & 15, ())
SOFT    why = "there is none for it"
    for p in parts:
        try:
            return __import__(__name__ + "._" + p, None, None, ("*",)).__dict__
        except (ImportError, ValueError) as e:
            why = str(e)
    raise ImportError("NAME has TARGETS, no part for this firmware (_mpy %d): %s" % (m, why))


globals().update({k: v for k, v in _load().items() if k[:1] != "_"})
del _load
