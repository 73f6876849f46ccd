package scaffold

import (
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/internal/pattern"
)

// builtins are modules that most firmware has in it, which import finds before files.
const builtins = `array asyncio binascii builtins cmath collections cryptolib deflate errno framebuf gc hashlib heapq
	io json machine math micropython network os platform random re select socket ssl struct sys time uctypes vfs zlib _thread`

// rustWords cannot be names of crates.
const rustWords = `abstract alloc become box const core crate do dyn enum extern final fn impl let loop macro match mod
	move mut override priv proc_macro pub ref self static std struct super trait type typeof unsafe unsized use virtual where`

// checkName refuses what a module cannot be called.
func checkName(name, language string) error {
	e := func(format string, args ...any) *diag.Error {
		return diag.New("", "%q cannot be the name of a module: "+format, append([]any{name}, args...)...)
	}
	switch {
	case strings.ContainsAny(name, `/\`):
		return e("it has a directory in it").Note("go to that directory first, and give the name alone")
	case !pattern.Identifier.Get().MatchString(name):
		err := e("import takes letters, digits and _, and no digit first")
		if like := made(name); like != "" {
			return err.Note("%s would be one", like)
		}
		return err.Note("wave would be one")
	case pattern.Keyword(name):
		return e("it is a word of Python's").Note("%s_ would be one", name)
	case name == "test":
		return e("test.py is the script that tests it, and import would find that").Note("give it another, such as my_test")
	case isWord(builtins, name):
		return e("firmware has a module %s in it, which import finds first", name).Note("give it another, such as my_%s", strings.TrimLeft(name, "_"))
	case language == "rust" && isWord(rustWords, name):
		return e("it is a word of Rust's").Note("%s_ would be one", name)
	}
	return nil
}

func isWord(list, name string) bool { return slices.Contains(strings.Fields(list), name) }

// made makes a name of what somebody wrote, "" if there is nothing to make one of.
func made(name string) string {
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".c"), ".mpy")
	name = strings.Map(func(c rune) rune {
		if c == '-' || c == '.' || c == ' ' {
			return '_'
		}
		return c
	}, strings.ToLower(name))
	name = strings.Trim(name, "_")
	if name != "" && name[0] >= '0' && name[0] <= '9' {
		name = "_" + name
	}
	if !pattern.Identifier.Get().MatchString(name) || pattern.Keyword(name) {
		return ""
	}
	return name
}
