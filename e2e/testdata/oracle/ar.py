# ar.py: as much of the Python package "ar" as MicroPython's mpy_ld.py uses to read a .a file.
# Debian has no package of it. Members in the System V (GNU) format that binutils writes.
import io

MAGIC = b"!<arch>\n"
HEADER_BYTES = 60  # name 16, mtime 12, uid 6, gid 6, mode 8, size 10, end 2


class Entry:
    def __init__(self, name, content):
        self.name = name
        self.content = content


class Archive:
    def __init__(self, file):
        if file.read(len(MAGIC)) != MAGIC:
            raise ValueError("not an ar archive")
        self.entries = list(self._read(file))

    def _read(self, file):
        long_names = b""
        while header := file.read(HEADER_BYTES):
            name = header[:16].rstrip()
            size = int(header[48:58])
            content = file.read(size)
            file.read(size & 1)  # members start at even offsets
            if name in (b"/", b"/SYM64/"):
                continue  # the symbol index; mpy_ld.py makes its own
            if name == b"//":
                long_names = content
                continue
            if name.startswith(b"/"):  # "/123": the name is at that offset of "//"
                start = int(name[1:])
                name = long_names[start : long_names.index(b"\n", start)]
            yield Entry(name.removesuffix(b"/").decode(), content)

    def __iter__(self):
        return iter(self.entries)

    def open(self, name, mode):
        return io.BytesIO(next(e.content for e in self.entries if e.name == name))
