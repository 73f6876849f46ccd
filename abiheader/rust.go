package abiheader

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mpyld/internal/lazy"
	"mpyld/mpyfile"
)

// Rust has no preprocessor and no struct with optional fields, so an entry is a function
// that calls the word at its place. The place is a constant expression over the release,
// which the compiler folds. Where a release has no such entry, the function raises.
//
//	1.23 has an entry at 64, 1.24 at 65    if TARGET >= 124 { 65 } else { 64 }

//go:embed mpyld.rs.in
var rustText string

// Rust returns mpyld.rs. As in C, one text is for all releases: the environment
// variable MPYLD_TARGET of the compiler says which, the release here is the default.
func Rust(r *mpyfile.Release) []byte {
	return fill(rustText, r, "@TABLE@\n", rustTable(), "@QSTRS@\n", rustQStrs())
}

// rustTable returns a function for each entry, which calls it where the release has
// it.
func rustTable() string {
	list, doc := classes(), strings.NewReplacer(rustDoc...)
	var b strings.Builder
	for _, e := range union(list) {
		if strings.Contains(e.decl, "va_list") {
			continue // a type of each compiler's own
		}
		for _, line := range wrap(doc.Replace(places(list, e)+" "+e.doc), 110) {
			fmt.Fprintf(&b, "    /// %s\n", line)
		}
		b.WriteString(e.rust(list))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// rustDoc says with the words of mpyld.rs what a row says with those of mpyld.h.
var rustDoc = []string{
	"[", "`[", "]", "]`", "mpy_try", "catch", "MPY_KIND_", "KIND_", "MPY_", "", "NULL", "null",
	"Use mpy_get_buffer", "Obj::as_bytes does it", "Use mpy_make_function", "It wants code made by hand", "mpy_", "",
}

// rust is the Rust function for the entry.
func (e *entry) rust(list []class) string {
	name := e.field()
	if e.until != 0 {
		name += "_old" // another type than the name has since
	}
	before, args, isFunction := strings.Cut(e.decl, "@")
	result := rustType(before)
	k := rustPlace(list, e)
	if !isFunction || args == "" {
		return fmt.Sprintf("    #[inline(always)]\n    pub fn %s() -> %s {\n        unsafe { entry(%s) }\n    }\n\n", name, result, k)
	}
	var params, names, types []string
	for _, arg := range strings.Split(strings.Trim(args, "()"), ", ") {
		if arg == "void" {
			continue
		}
		if arg == "..." {
			types = append(types, "...")
			continue
		}
		at := strings.LastIndexAny(arg, " *") + 1
		typ, word := rustType(arg[:at]), rustName(arg[at:])
		params, names, types = append(params, word+": "+typ), append(names, word), append(types, typ)
	}
	arrow := ""
	if result != "" {
		arrow = " -> " + result
	}
	function := "unsafe extern \"C\" fn(" + strings.Join(types, ", ") + ")" + arrow
	if slices.Contains(types, "...") { // only the caller knows what it passes
		return fmt.Sprintf("    #[inline(always)]\n    pub unsafe fn %s() -> %s {\n        entry(%s)\n    }\n\n", name, function, k)
	}
	return fmt.Sprintf("    #[inline(always)]\n    pub unsafe fn %s(%s)%s {\n        entry::<%s>(%s)(%s)\n    }\n\n",
		name, strings.Join(params, ", "), arrow, function, k, strings.Join(names, ", "))
}

// rustPlace is the expression for an entry's place, ABSENT where there is none.
func rustPlace(list []class, e *entry) string {
	expr, last := "", ""
	for _, c := range list {
		place := "ABSENT"
		if i := slices.Index(c.table, e); i >= 0 {
			place = strconv.Itoa(i)
		}
		switch {
		case expr == "":
			expr = place
		case place != last:
			expr = fmt.Sprintf("if TARGET >= %d { %s } else { %s }", c.number, place, expr)
		}
		last = place
	}
	return expr
}

// rustTypes are Rust's names of C types, without pointers.
var rustTypes = lazy.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"mpy_obj": "Obj", "mpy_qstr": "Qstr", "mpy_word": "usize", "mpy_int": "isize", "size_t": "usize", "bool": "bool",
		"int": "i32", "unsigned": "u32", "uint32_t": "u32", "uint8_t": "u8", "char": "u8", "float": "f32", "double": "f64", "void": "()",
		"mpy_dict": "Dict", "mpy_type": "Type", "mpy_raw_code": "RawCode", "mpy_context": "Context", "mpy_iter": "Iter", "mpy_nlr": "Nlr",
		"mpy_print": "Print", "mpy_buffer": "Buffer", "mpy_stream": "()", "mpy_map": "Map", "mpy_arg": "Arg", "mpy_arg_value": "ArgValue",
		"mpy_fun_var": "FunVar",
	}
}}

// rustType translates a C type; "" for void.
func rustType(c string) string {
	c = strings.TrimSpace(c)
	if c == "void" {
		return ""
	}
	if pointed, ok := strings.CutSuffix(c, "*"); ok {
		pointed = strings.TrimSpace(pointed)
		if base, ok := strings.CutPrefix(pointed, "const "); ok {
			return "*const " + rustTypes.Get()[base]
		}
		return "*mut " + rustTypes.Get()[pointed]
	}
	return rustTypes.Get()[c]
}

// rustName is a parameter's name, which may be a word of Rust's.
func rustName(c string) string {
	if c == "type" {
		return "kind"
	}
	return c
}

func rustQStrs() string {
	var b strings.Builder
	for _, name := range strings.Fields(staticNames + " getattr setattr") {
		fmt.Fprintf(&b, "    pub const %s: Qstr = Qstr(%d);\n", name, staticQStr(name))
	}
	return b.String()
}
