package linkmap

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"mpyld/diag"
	"mpyld/internal/lazy"
	"mpyld/mpyfile"
)

// Parse reads what Text wrote, from a file of a name. An error names the line; there is one too when a
// text has no list of sections, as other linkers' maps.
func Parse(name, text string) (*Listing, error) {
	p := &parser{l: &Listing{}}
	n := 0
	for line := range strings.Lines(text) {
		n++
		p.rest = strings.TrimRight(line, "\r\n")
		if err := p.line(); err != nil {
			return nil, diag.New(fmt.Sprintf("%s:%d", name, n), "%v", err).
				Note("link again with -Map: only the map of this mpyld can be read")
		}
	}
	if !p.known {
		return nil, diag.New(name, "it is no map of mpyld: there is no list of sections").
			Note("make one with -Map when linking")
	}
	return p.l, nil
}

// parser reads one line after the other.
type parser struct {
	l     *Listing
	list  string // the list that lines with two spaces are of
	known bool   // there was a list of sections

	rest string // of the line
	err  error
}

// line reads one line.
func (p *parser) line() error {
	p.err = nil
	switch {
	case strings.HasPrefix(p.rest, "   "):
		p.why()
	case strings.HasPrefix(p.rest, "  "):
		p.rest = p.rest[2:]
		if read := items.Get()[p.list]; read != nil {
			read(p)
		}
	default:
		p.heading()
	}
	return p.err
}

// items read the lines of the lists.
var items = lazy.Value[map[string]func(*parser)]{Make: func() map[string]func(*parser) {
	return map[string]func(*parser){
		"sections": (*parser).section, "symbols": (*parser).symbol, "relocations": (*parser).reloc, "GOT": (*parser).slot,
	}
}}

// heading reads a line that stands alone or starts a list.
func (p *parser) heading() {
	l := p.l
	if rest, ok := strings.CutPrefix(p.rest, "relocations of "); ok {
		p.list, p.rest = "relocations", rest
		l.Relocs = append(l.Relocs, SectionRelocs{Section: p.wordTo(":")})
		return
	}
	p.list, p.rest, _ = strings.Cut(p.rest, ":")
	p.rest = strings.TrimLeft(p.rest, " ")
	switch p.list {
	case "qstr vals":
		for p.rest != "" {
			l.QStrs = append(l.QStrs, p.word(", "))
		}
	case "firmware":
		fw := Firmware{File: p.word(" ")}
		p.want("build-id ")
		if fw.BuildID = p.rest; fw.BuildID == noBuild {
			fw.BuildID = ""
		}
		l.Firmware = append(l.Firmware, fw)
	case "address":
		a := Address{Value: p.hex(), Symbol: p.word(" ")}
		p.want("from ")
		a.From = p.rest
		l.Addresses = append(l.Addresses, a)
	case "overridden":
		o := Override{Symbol: p.word(" ")}
		p.want("at ")
		o.Where = p.word(" ")
		if p.rest != "is left out" {
			p.want("stays: its section also holds ")
			o.Keeps = p.rest
		}
		l.Overrides = append(l.Overrides, o)
	case "member":
		e := Extraction{Member: p.word(" ")}
		p.want("defines ")
		e.Symbol = p.word(" ")
		p.want("for ")
		e.For = p.word("")
		l.Members = append(l.Members, e)
	case "unused":
		u := Unused{Section: p.word(" "), Size: p.number("size=")}
		u.Object = p.word("")
		l.Unused = append(l.Unused, u)
	case "saved":
		p.saved()
	case "sections":
		p.known = true
	case "GOT":
		p.rest += " "
		l.GOT = p.hex()
	case "arch":
		l.Arch = p.rest
	case "float ABI":
		l.Floats = p.rest
	case "text size":
		l.TextSize = int(p.decimal())
	case "rodata size":
		l.RodataSize = int(p.decimal())
	case "bss size":
		l.BSSSize = p.decimal()
	case "GOT entries":
		l.GOTEntries = int(p.decimal())
	}
}

// grown returns a list with room for one more: one that grows by less than its size
// leaves many copies behind.
func grown[T any](list []T) []T {
	if len(list) == cap(list) {
		return slices.Grow(list, max(len(list), 16))
	}
	return list
}

// section reads "00000004 .text size=488 align=4 text code hello.o".
func (p *parser) section() {
	s := PlacedSection{Addr: p.hex(), Name: p.word(" "), Size: p.number("size="), Align: p.number("align=")}
	s.Region = p.region()
	what := p.word(" ")
	if i := slices.Index(kinds[:], what); i > 0 {
		s.Kind, s.Class = Kind(i), kindClasses[i]
	} else if i := slices.Index(classes[:], what); i >= 0 {
		s.Class = Class(i)
	} else {
		p.fail("%q is no kind of section", what)
	}
	if max(s.Addr, s.Size) > math.MaxUint32 {
		p.fail("no module has room for a section of %d bytes at 0x%x", s.Size, s.Addr)
	}
	if !s.Kind.Made() {
		s.Object = p.word("")
	}
	p.l.Sections = append(grown(p.l.Sections), s)
}

// why reads the line behind a section that says why it is where it is.
func (p *parser) why() {
	why, ok := strings.CutPrefix(strings.TrimLeft(p.rest, " "), "in text because of ")
	if n := len(p.l.Sections); ok && n > 0 {
		p.l.Sections[n-1].Why = why
	}
}

// symbol reads "0000008c named size=12 text global func".
func (p *parser) symbol() {
	s := NamedSymbol{Addr: p.hex(), Name: p.word(" "), Size: p.number("size="), Region: p.region()}
	bind, typ := slices.Index(bindings[:], p.word(" ")), slices.Index(symbolTypes[:], p.rest)
	if bind < 0 || typ < 0 {
		p.fail("no binding and type of a symbol")
		return
	}
	s.Bind, s.Type = Bind(bind), SymbolType(typ)
	p.l.Symbols = append(grown(p.l.Symbols), s)
}

// reloc reads "00000012 R_ARM_THM_CALL memcpy-4 -> mp_fun_table[51]".
func (p *parser) reloc() {
	if len(p.l.Relocs) == 0 {
		p.fail("no section has these relocations")
		return
	}
	r := NamedReloc{Off: uint32(p.hex()), Type: p.word(" ")}
	if strings.HasPrefix(p.rest, `"`) {
		r.Symbol = p.word("")
	}
	sum, to, _ := strings.Cut(p.rest, " -> ")
	i := strings.LastIndexAny(sum, "+-")
	if i < 0 {
		p.fail("no addend")
		return
	}
	if r.Symbol == "" {
		r.Symbol = sum[:i]
	}
	a, err := strconv.ParseInt(sum[i:], 10, 64)
	if err != nil {
		p.fail("%q is no addend", sum[i:])
	}
	r.A, r.To = a, to
	list := &p.l.Relocs[len(p.l.Relocs)-1]
	list.Relocs = append(list.Relocs, r)
}

// slot reads "00000008 tables_one -> bss+00000020".
func (p *parser) slot() {
	s := Slot{Off: p.hex()}
	if rest, none := strings.CutPrefix(p.rest, noName+" "); none {
		p.rest = rest
	} else {
		s.Name = p.word(" ")
	}
	p.want("-> ")
	s.To = p.rest
	p.l.Slots = append(p.l.Slots, s)
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

// want takes what must come next.
func (p *parser) want(text string) {
	rest, ok := strings.CutPrefix(p.rest, text)
	if !ok {
		p.fail("%q is missing before %q", strings.TrimSpace(text), p.rest)
	}
	p.rest = rest
}

// word takes a name, and what separates it from the rest, if there is more.
func (p *parser) word(sep string) string {
	if strings.HasPrefix(p.rest, `"`) {
		quoted, err := strconv.QuotedPrefix(p.rest)
		if err != nil {
			p.fail("a name is quoted only in front: %s", p.rest)
			p.rest = ""
			return ""
		}
		name, _ := strconv.Unquote(quoted)
		p.rest = strings.TrimPrefix(p.rest[len(quoted):], sep)
		return name
	}
	if sep == "" {
		name := p.rest
		p.rest = ""
		return name
	}
	name, rest, _ := strings.Cut(p.rest, sep)
	p.rest = rest
	if name == "" {
		p.fail("a name is missing")
	}
	return name
}

// wordTo takes a name that something ends the line behind.
func (p *parser) wordTo(end string) string {
	p.rest = strings.TrimSuffix(p.rest, end)
	return p.word("")
}

func (p *parser) hex() uint64     { return p.uint(16, 64, "address") }
func (p *parser) decimal() uint64 { return p.uint(10, 63, "number") }

// uint takes a number of a base that fits so many bits.
func (p *parser) uint(base, bits int, what string) uint64 {
	text, rest, _ := strings.Cut(p.rest, " ")
	p.rest = rest
	n, err := strconv.ParseUint(text, base, bits)
	if err != nil {
		p.fail("%q is no %s", text, what)
	}
	return n
}

// signed takes a decimal number and the blank behind it, which may be below zero.
func (p *parser) signed() int64 {
	text, minus := strings.CutPrefix(p.rest, "-")
	p.rest = text
	n := int64(p.decimal())
	if minus {
		n = -n
	}
	return n
}

// number takes "size=488 ".
func (p *parser) number(name string) uint64 {
	p.want(name)
	return p.decimal()
}

func (p *parser) region() mpyfile.Region {
	name := p.word(" ")
	for _, r := range [...]mpyfile.Region{mpyfile.Text, mpyfile.Rodata, mpyfile.BSS} {
		if r.String() == name {
			return r
		}
	}
	p.fail("%q is no region", name)
	return 0
}
