package qstrlink

import "sync"

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

// Two tables of ids, made when first needed: most links ask for a few names, or
// none.
var (
	staticIDs   = sync.OnceValue(func() map[string]int { return ids(func(name string) string { return name }) })
	staticWords = sync.OnceValue(func() map[string]int { return ids(Escape) }) // by the word in sources
)

func ids(key func(name string) string) map[string]int {
	m := make(map[string]int, len(static))
	for i, name := range static {
		m[key(name)] = i + 1
	}
	return m
}

// Static returns the id of a static qstr by its text (not its escaped name).
func Static(name string) (id int, ok bool) {
	id, ok = staticIDs()[name]
	return id, ok
}

// StaticName returns the text of the static qstr with the given id.
func StaticName(id int) (name string, ok bool) {
	if id < 1 || id > len(static) {
		return "", false
	}
	return static[id-1], true
}
