package corpus

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"mpyld/relocs/machines"
)

// The check of a link must agree with the linker about whatever can be linked, not only about what compilers make. So
// links are described at random: sections of all names, types and flags, in groups and about others, symbols of
// all kinds, common ones, archives, options. Each either links and passes its check, or is refused for a reason
// of the user's. For example:
//
//	link 7
//	--gc-sections
//	file a.o
//	  .text@8 mpy_init > f ?v+4
//	  row!keep!about=.text .l0 > .l0

// maker makes up a description.
type maker struct {
	*rand.Rand
	strings.Builder

	sections []string        // of the file
	local    []string        // symbols of the file
	defined  map[string]bool // in the file
}

func (m *maker) oneOf(list ...string) string { return list[m.IntN(len(list))] }

func (m *maker) in(n int) bool { return m.IntN(n) == 0 }

func (m *maker) name() string { return m.oneOf("f", "g", "h", "v", "w", "x", "c", "d", "s") }

// randomLink describes a link.
func randomLink(seed uint64) string {
	m := &maker{Rand: rand.New(rand.NewPCG(seed, 0))}
	fmt.Fprintf(m, "link %d\n", seed)
	m.options()
	for i := range 1 + m.IntN(3) {
		m.file(string(rune('a'+i))+".o", i == 0)
	}
	for i := range m.IntN(3) {
		fmt.Fprintf(m, "lib l%d.a\n", i)
		for k := range 1 + m.IntN(3) {
			m.file(fmt.Sprintf("m%d%d.o", i, k), false)
		}
	}
	return m.String()
}

func (m *maker) options() {
	for _, o := range []struct {
		one  int // of so many links
		text func() string
	}{
		{2, func() string { return "--gc-sections" }},
		{2, func() string { return "--allow-multiple-definition" }},
		{3, func() string { return "-O" }},
		{4, func() string { return "--keep-unwind" }},
		{6, func() string { return "--no-writable-text" }},
		{5, func() string { return "--wrap " + m.name() }},
		{5, func() string { return "-u " + m.name() }},
		{6, func() string { return "--defsym " + m.name() + "=" + m.name() + m.oneOf("", "+4", "-4") }},
		{6, func() string { return "--defsym " + m.name() + "=0x1000" }},
		{20, func() string { return "--defsym mpy_init=" + m.name() }},
	} {
		if m.in(o.one) {
			m.WriteString(o.text() + "\n")
		}
	}
}

func (m *maker) file(name string, first bool) {
	m.sections, m.local, m.defined = nil, nil, map[string]bool{}
	fmt.Fprintf(m, "file %s\n", name)
	if first {
		m.defined["mpy_init"] = true
		m.WriteString("  .text" + m.oneOf("", "@8", "@16") + " mpy_init" + m.references() + "\n")
		m.sections = append(m.sections, ".text")
	}
	for range 1 + m.IntN(6) {
		m.section()
	}
	for range m.IntN(3) {
		if name := m.name(); !m.defined[name] {
			m.defined[name] = true
			m.WriteString("  " + m.oneOf(fmt.Sprintf("common %s %d %d", name, 1<<m.IntN(6), 1<<m.IntN(5)), fmt.Sprintf("absolute %s %d", name, m.IntN(100))) + "\n")
		}
	}
}

// sectionNames are what the tools know by name, and what they do not.
var sectionNames = strings.Fields(`.text .text.f .text.g .text.unlikely.f .data .data.v .data.rel.ro .data.rel.ro.local .bss .bss.x
	.rodata .rodata.k .rodata.cst8 row column .init_array .init_array.5 .init_arrays .ctors .ctors.65530 .preinit_array .fini_array .dtors
	.eh_frame .gcc_except_table .ARM.exidx .ARM.exidx.text.f .note.x .debug_info .init .fini .jcr .tm_clone_table __patchable_function_entries`)

func (m *maker) section() {
	name := m.oneOf(sectionNames...)
	b := "  " + name + m.oneOf("", "", "", "@8", "@16", "@64")
	bss := strings.HasPrefix(name, ".bss")
	if bss || m.in(8) {
		b += fmt.Sprintf("+%d", 4*(1+m.IntN(8)))
	}
	b += m.marks()
	var symbols string
	loaded := !strings.Contains(b, "!note") && !strings.Contains(b, "!record") && !strings.HasPrefix(name, ".debug")
	for range m.IntN(4) {
		if loaded { // what a symbol means that is in none, nobody says
			symbols += m.symbol()
		}
	}
	if !loaded {
		b = strings.NewReplacer("!group=SIGNATURE", "", "!part=SIGNATURE", "").Replace(b)
	}
	if strings.Contains(b, "=SIGNATURE") {
		signature := m.name()
		if m.defined[signature] {
			return
		}
		m.defined[signature] = true
		b, symbols = strings.Replace(b, "SIGNATURE", signature, 1), " "+m.oneOf("", "~")+signature+symbols
	}
	b += symbols
	if !bss {
		b += m.references()
	}
	m.WriteString(b + "\n")
	m.sections = append(m.sections, name)
}

func (m *maker) marks() (b string) {
	for _, mark := range []struct {
		one  int
		text string
	}{{8, "keep"}, {25, "note"}, {25, "record"}, {10, "code"}, {10, "const"}, {10, "progbits"}, {20, "ones"}, {6, "group=SIGNATURE"}, {15, "part=SIGNATURE"}} {
		if m.in(mark.one) && (!strings.HasSuffix(mark.text, "=SIGNATURE") || !strings.Contains(b, "=")) {
			b += "!" + mark.text
		}
	}
	if len(m.sections) > 0 && m.in(6) {
		b += "!about=" + m.oneOf(m.sections...)
	}
	return b
}

// symbol is a definition; "" if the file has one of that name.
func (m *maker) symbol() string {
	if m.in(3) {
		name := fmt.Sprintf("l%d", len(m.local))
		m.local = append(m.local, name)
		return " ." + name
	}
	name := m.name()
	if m.defined[name] {
		return ""
	}
	m.defined[name] = true
	return " " + m.oneOf("", "", "~", "~", "%") + name
}

func (m *maker) references() (b string) {
	if m.in(3) {
		return ""
	}
	b = " >"
	for range 1 + m.IntN(4) {
		switch {
		case m.in(6):
			b += " -"
		case len(m.local) > 0 && m.in(3):
			b += " ." + m.oneOf(m.local...) + m.oneOf("", "", "+4")
		case m.in(12):
			b += " " + m.oneOf("__start_row", "__stop_row", "__init_array_start", "__init_array_end", "_end", "__bss_start", "__start_column", "_GLOBAL_OFFSET_TABLE_")
		default:
			b += " " + m.oneOf("", "", "", "?") + m.name() + m.oneOf("", "", "+4")
		}
	}
	return b
}

// linkRandom links what a seed describes for some machines, and returns how many link.
func linkRandom(t *testing.T, seed uint64, archs []string) (good int) {
	text := randomLink(seed)
	for _, arch := range archs {
		j := job{set: arch, name: "random", addresses: true, asked: parseNamed(text)[0].askedFor(machines.For(arch), "")}
		switch l := j.do(); {
		case l.Caught:
			t.Errorf("%s: %s\n%s", arch, l.Outcome, text)
		case l.Outcome != Refused:
			good++
		}
	}
	return good
}

var (
	randomFrom  = flag.Uint64("random-from", 0, "the first link that TestRandom makes up")
	randomLinks = flag.Uint64("random-links", 300, "how many it makes up")
)

// TestRandom: what is described at random links and passes its check, or is refused.
func TestRandom(t *testing.T) {
	archs := []string{"armv7m", "x64", "rv32imc", "xtensawin"}
	good := 0
	for seed := *randomFrom; seed < *randomFrom+*randomLinks; seed++ {
		good += linkRandom(t, seed, archs)
		if t.Failed() {
			return
		}
	}
	if uint64(good) < *randomLinks {
		t.Errorf("only %d of %d link", good, uint64(len(archs))**randomLinks)
	}
}
