# The raw REPL of a board, as far as host tools use it (docs/reference/repl.rst of MicroPython):
# ctrl-A enters it, ctrl-B leaves it, ctrl-C drops what was typed, ctrl-D runs it, or resets
# when nothing was.
import io, sys

# As on a board: the current directory, which may be one of the host's, and where mip installs.
sys.path[0] = ""
sys.path.append("lib")

RAW = b"raw REPL; CTRL-B to exit\r\n>"
FRIENDLY = b"\r\nMicroPython on a bed\r\n>>> "

port = open(0, "rb", 0) if hasattr(io, "FileIO") else sys.stdin.buffer
out = sys.stdout.buffer


def run(source, names):
    # What it prints, end, the traceback, end.
    out.write(b"OK")
    text = b""
    try:
        exec(source, names)
    except BaseException as e:
        trace = io.StringIO()
        sys.print_exception(e, trace)
        text = trace.getvalue().encode()
    out.write(b"\x04" + text + b"\x04>")


def serve():
    names, raw, typed = {"__name__": "__main__"}, False, bytearray()
    while True:
        c = port.read(1)
        if not c:
            return
        if c == b"\x01":
            raw, typed = True, bytearray()
            out.write(RAW)
        elif c == b"\x02":
            raw, typed = False, bytearray()
            out.write(FRIENDLY)
        elif c == b"\x03":
            typed = bytearray()
        elif c == b"\x04" and raw and typed:
            run(bytes(typed), names)
            typed = bytearray()
        elif c == b"\x04":
            names = {"__name__": "__main__"}
            if raw:
                out.write(b"OK\r\nMPY: soft reboot\r\n" + RAW)
            else:
                out.write(b"\r\nMPY: soft reboot\r\n" + FRIENDLY)
        elif c == b"\x05" and raw and not typed:
            port.read(2)  # "A", ctrl-A: could it take code faster?
            out.write(b"R\x00")  # it knows the question; no
        elif raw:
            typed.extend(c)


serve()
