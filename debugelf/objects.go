package debugelf

import (
	"cmp"
	"debug/elf"
	"slices"
	"strings"
)

// A function that Python can call is an object in the module's memory, and what id() says of it is where that
// is. The function's address is the last word of it (py/obj.h@v1.26.0):
//
//	mp_obj_fun_builtin_fixed_t    type, function
//	mp_obj_fun_builtin_var_t      type, how many arguments, function

// FunctionObject is a function as Python sees it.
type FunctionObject struct {
	Name     string // of the variable that the object is, as its source has it
	Addr     uint64 // in the companion
	Word     int    // which word of it is the function's address
	Function string // the function's name, as its source has it
	Code     uint64 // its address in the companion, without the instruction-set bit
}

// FunctionObjects returns all function objects that are variables with a name, by address.
func (c *Companion) FunctionObjects() []FunctionObject {
	functions := map[uint64]string{}
	for i := range c.symbols {
		if s := &c.symbols[i]; elf.ST_TYPE(s.Info) == elf.STT_FUNC {
			functions[s.Value] = s.Name
		}
	}
	var list []FunctionObject
	word := uint64(c.Machine.Word)
	for i := range c.symbols {
		s := &c.symbols[i]
		n := s.Size / word
		if elf.ST_TYPE(s.Info) != elf.STT_OBJECT || n != 2 && n != 3 {
			continue
		}
		value, ok := c.Word(s.Value + (n-1)*word)
		if name := functions[value]; ok && name != "" {
			list = append(list, FunctionObject{c.lastName(s.Name), s.Value, int(n - 1), c.lastName(name), value &^ modeBits(c.Machine)})
		}
	}
	slices.SortFunc(list, func(a, b FunctionObject) int { return cmp.Compare(a.Addr, b.Addr) })
	return list
}

// Word returns the word at an address of the companion, as it is in the file, if the module has one there.
func (c *Companion) Word(addr uint64) (value uint64, ok bool) {
	for i := range c.Regions {
		r := &c.Regions[i]
		size := uint64(c.Machine.Word)
		if off := addr - r.Addr; off < uint64(len(r.Data)) && uint64(len(r.Data))-off >= size {
			if size == 8 {
				return le.Uint64(r.Data[off:]), true
			}
			return uint64(le.Uint32(r.Data[off:])), true
		}
	}
	return 0, false
}

// lastName is the last part of what a symbol is called in its source: of a function, without its arguments.
func (c *Companion) lastName(symbol string) string {
	name := c.sourceName(symbol)
	name, _, _ = strings.Cut(name, "(")
	return name[strings.LastIndex(name, ":")+1:]
}
