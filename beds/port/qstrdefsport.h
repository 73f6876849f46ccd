// qstrdefsport.h: MicroPython's build wants the file; this port adds no qstrs by hand.
