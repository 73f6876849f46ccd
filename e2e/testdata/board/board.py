# board.py COMMAND...: runs a MicroPython on a terminal of its own, which host tools take for the
# serial port of a board. The first line of the output is the terminal's name.
import os, pty, subprocess, sys, tty

board, port = pty.openpty()
for end in board, port:
    tty.setraw(end)  # no echo, no translation of line ends
print(os.ttyname(port), flush=True)
# The port stays open here, so that a tool that closes it does not hang up.
sys.exit(subprocess.call(sys.argv[1:], stdin=board, stdout=board))
