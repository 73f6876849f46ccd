package qstrlink

import (
	"slices"
	"strings"

	"mpyld/internal/lazy"
)

// The static qstrs have the same number in every MicroPython since 1.12:
// static_qstr_list of py/makeqstrdata.py, whose order is part of the .mpy
// format (QSTR_LAST_STATIC in py/persistentcode.h). A .mpy file refers to them
// by number instead of by text.

// static[i] is the static qstr with id i+1; id 0 is MP_QSTRnull, no qstr at all.
var static = [...]string{
	"", "__dir__", "\n", " ", "*", "/", "<module>", "_", "__call__", "__class__", "__delitem__",
	"__enter__", "__exit__", "__getattr__", "__getitem__", "__hash__", "__init__", "__int__",
	"__iter__", "__len__", "__main__", "__module__", "__name__", "__new__", "__next__",
	"__qualname__", "__repr__", "__setitem__", "__str__", "ArithmeticError", "AssertionError",
	"AttributeError", "BaseException", "EOFError", "Ellipsis", "Exception", "GeneratorExit",
	"ImportError", "IndentationError", "IndexError", "KeyError", "KeyboardInterrupt",
	"LookupError", "MemoryError", "NameError", "NoneType", "NotImplementedError", "OSError",
	"OverflowError", "RuntimeError", "StopIteration", "SyntaxError", "SystemExit", "TypeError",
	"ValueError", "ZeroDivisionError", "abs", "all", "any", "append", "args", "bool", "builtins",
	"bytearray", "bytecode", "bytes", "callable", "chr", "classmethod", "clear", "close", "const",
	"copy", "count", "dict", "dir", "divmod", "end", "endswith", "eval", "exec", "extend", "find",
	"format", "from_bytes", "get", "getattr", "globals", "hasattr", "hash", "id", "index",
	"insert", "int", "isalpha", "isdigit", "isinstance", "islower", "isspace", "issubclass",
	"isupper", "items", "iter", "join", "key", "keys", "len", "list", "little", "locals", "lower",
	"lstrip", "main", "map", "micropython", "next", "object", "open", "ord", "pop", "popitem",
	"pow", "print", "range", "read", "readinto", "readline", "remove", "replace", "repr",
	"reverse", "rfind", "rindex", "round", "rsplit", "rstrip", "self", "send", "sep", "set",
	"setattr", "setdefault", "sort", "sorted", "split", "start", "startswith", "staticmethod",
	"step", "stop", "str", "strip", "sum", "super", "throw", "to_bytes", "tuple", "type", "update",
	"upper", "utf-8", "value", "values", "write", "zip",
}

// staticOrder has the ids in the order of the texts. It is written down, for every link
// with names would pay for a map.
var staticOrder = [len(static)]uint8{
	1, 3, 4, 5, 6, 7, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49,
	50, 51, 52, 53, 54, 55, 56, 8, 9, 10, 11, 2, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
	25, 26, 27, 28, 29, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75,
	76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99,
	100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118,
	119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137,
	138, 139, 140, 141, 142, 143, 144, 145, 146, 147, 148, 149, 150, 151, 152, 153, 154, 155, 156,
	157, 158, 159, 160, 161, 162, 163, 164, 165,
}

// Static returns the id of a static qstr by its text (not its escaped name).
func Static(text string) (id int, ok bool) {
	i, ok := slices.BinarySearchFunc(staticOrder[:], text, func(id uint8, text string) int {
		return strings.Compare(static[id-1], text)
	})
	if !ok {
		return 0, false
	}
	return int(staticOrder[i]), true
}

// staticWord returns the id of a static qstr by its escaped name, the word in sources.
func staticWord(word string) (id int, ok bool) {
	if id, ok := Static(word); ok && wordLen(word) == len(word) {
		return id, true
	}
	for _, s := range escaped.Get() {
		if s.word == word {
			return s.id, true
		}
	}
	return 0, false
}

// escapedStatic is a static qstr whose text is no word.
type escapedStatic struct {
	word string
	id   int
}

// escaped are those few.
var escaped = lazy.Value[[]escapedStatic]{Make: func() (list []escapedStatic) {
	for i, text := range static {
		if wordLen(text) < len(text) {
			list = append(list, escapedStatic{Escape(text), i + 1})
		}
	}
	return list
}}

// StaticName returns the text of the static qstr with the given id.
func StaticName(id int) (name string, ok bool) {
	if id < 1 || id > len(static) {
		return "", false
	}
	return static[id-1], true
}
