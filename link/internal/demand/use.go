package demand

import (
	"cmp"

	"mpyld/diag"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// Only some formulas can work in a module, whose regions the firmware puts anywhere. An
// absolute address needs a whole word that the firmware can relocate; a distance needs
// both of its ends in one block; a call out of the module needs a veneer. All else is an
// error here, before anything has an address.
//
//	.word x                    a word to relocate: "only whole words" if it is .short x
//	lea x(%rip), %rax          x in text: a constant    x the firmware's: an error, compile with -fpic

// use records what the bound relocation needs, or reports why it cannot work.
func (s *demander) use(id linkmap.RelocID, b *linkmap.Reloc) bool {
	section := int(id.Section)
	p := &s.prog.Sections[section]
	switch b.Howto.Formula {
	case relocs.Nothing:
		return s.useRewrite(section, b)
	case relocs.Abs:
		if s.Rewritten(b) {
			return s.useRewrite(section, b)
		}
		return s.useWord(id, b)
	case relocs.PCRel:
		if s.Loaded(int32(section), b) {
			s.pend(section)
			return true
		}
		from := "code"
		if s.places.Region[section] != mpyfile.Text {
			from = "variables in " + p.Name
		}
		return s.useDistance(p, s.places.Region[section], from, b)
	case relocs.FromGOT:
		return s.useDistance(p, mpyfile.Text, "GOT", b)
	case relocs.GOTSlotRel, relocs.GOTBaseRel:
		if s.places.Region[section] != mpyfile.Text {
			s.fail(p, b, "the distance of variables in %s to the GOT, which is in the code, is not known before the module is loaded", p.Name).
				Note("put it into a section of constants (const; .section .rodata,\"a\")")
			return false
		}
	}
	if b.Howto.Formula.NeedsSlot() {
		s.slotOfSymbol(b.S)
	}
	return true
}

// fail reports what is wrong with a bound relocation.
func (s *demander) fail(p *linkmap.Origin, b *linkmap.Reloc, format string, args ...any) *diag.Error {
	return s.errs.Add(p.At(uint64(b.Off)), "%s against %s: "+format, append([]any{b.Howto.Name, s.bound.Targets[b.S].Name}, args...)...).Of(format)
}

// useWord handles S + A: a constant, or a word for the firmware to relocate.
func (s *demander) useWord(id linkmap.RelocID, b *linkmap.Reloc) bool {
	p, ref, word := &s.prog.Sections[id.Section], &s.bound.Targets[b.S], s.prog.In.Arch.Word
	if ref.Kind == linkmap.Absolute || ref.Kind == linkmap.Null {
		return true
	}
	switch field := b.Howto.At(p.Data[b.Off:]); {
	case !field.Word || field.Size != word:
		s.fail(p, b, "an address known only after loading does not fit there: only whole words of %d bytes can be relocated", word).
			Note("%s", cmp.Or(b.Howto.Narrow, "compile with -fpic"))
	case uint64(b.Off)%uint64(word) != 0 || p.Align%uint64(word) != 0:
		e := s.fail(p, b, "the firmware can only relocate words at multiples of %d bytes", word)
		if p.Class == linkmap.Code {
			e.Note("it is a part of an instruction: compile with -fpic")
		} else {
			e.Note("the section is aligned to %d bytes: remove __attribute__((packed)), or align the data to %d", p.Align, word)
		}
	case s.sameWord(id.Section, b.Off):
		s.fail(p, b, "another relocation writes the same word").Note("the object is corrupt")
	default:
		s.Words = append(s.Words, id)
		return true
	}
	return false
}

// sameWord reports whether the last word found is the one at off of a section.
// pairs finds every overlap, but only when a section's relocations are all
// there: an object that is nothing but this must not fill memory first.
func (s *demander) sameWord(section int32, off uint32) bool {
	if len(s.Words) == 0 {
		return false
	}
	last := s.Words[len(s.Words)-1]
	return last.Section == section && s.bound.Relocs[section][last.K].Off == off
}

// useDistance handles S + A in p minus an address in region, which is in the
// code or the GOT: both ends must move together.
func (s *demander) useDistance(p *linkmap.Origin, region mpyfile.Region, from string, b *linkmap.Reloc) bool {
	if region == mpyfile.Text && s.places.InText[b.S] && s.prog.Machine.Literal == "" {
		return true
	}
	ref := &s.bound.Targets[b.S]
	switch ref.Kind {
	case linkmap.InSection:
		literal := s.prog.Machine.Literal != "" && s.prog.Sections[ref.Section].Class == linkmap.Literal
		if literal && region != mpyfile.Text {
			s.fail(p, b, "an instruction in %s, which is no code and so apart from the literals", region).
				Note("give the section %s the flag for code: .section %s,\"ax\"", p.Name, p.Name)
			return false
		}
		if literal {
			return s.useLiteral(p, b)
		}
		if s.prog.SameBlock(s.places.Region[ref.Section], region) {
			return true
		}
	case linkmap.Null:
		if b.Howto.Branch {
			return true
		}
	case linkmap.Supplied, linkmap.Absolute:
		field := b.Howto.At(p.Data[b.Off:])
		switch {
		case region != mpyfile.Text:
		case field.NoVeneer != "":
			s.fail(p, b, "the instruction cannot call what is not in the module").Note("%s", field.NoVeneer)
			return false
		case b.Howto.Beyond(field, s.prog.Machine, b.A) != 0:
			s.notThere(p, b, ref, b.Howto.Beyond(field, s.prog.Machine, b.A))
			return false
		case ref.Kind == linkmap.Supplied && ref.Code, ref.Kind == linkmap.Absolute && b.Howto.Calls(field):
			s.want[KeyOf(ref)] = b.S
			return true
		}
	}
	e := s.fail(p, b, "its address relative to the %s is not known before the module is loaded", from)
	if s.prog.In.KeepUnwind && resolve.HasPrefix(p.Name, s.prog.Machine.Unwind) {
		e.Note("tables for stack unwinders cannot be kept on %s: leave out --keep-unwind", s.prog.In.Arch.Name)
		return false
	}
	if p.Instructions || region == mpyfile.Text {
		s.explainFixed(ref, e)
		return false
	}
	e.Note("store its address (a pointer; .%dbyte %s) instead of a distance", s.prog.In.Arch.Word, ref.Name)
	if s.prog.In.NoWritableText && s.prog.In.Arch.WritableText {
		e.Note("or leave out --no-writable-text, which keeps %s away from it", p.Name)
	}
	return false
}

// notThere reports a call of a place that is some bytes from what is not in the module: the code that goes
// there has the address of a symbol.
func (s *demander) notThere(p *linkmap.Origin, b *linkmap.Reloc, ref *linkmap.Target, beyond int64) {
	if ref.Kind == linkmap.Supplied {
		s.fail(p, b, "the instruction calls %+d bytes from there, and only the function itself can be called", beyond).Note("%s is supplied by the firmware: call it without the addend", ref.Name)
		return
	}
	at := ref.Off + uint64(beyond)
	if s.prog.In.Arch.Word == 4 {
		at &= 1<<32 - 1
	}
	s.fail(p, b, "the instruction calls the address 0x%x, which has no name", at).
		Note("give it one (--defsym NAME=0x%x), and call the function NAME; or call it through a pointer in a variable", at)
}

// explainFixed adds the remedy for a fixed distance to something that moves
// on its own.
func (s *demander) explainFixed(ref *linkmap.Target, e *diag.Error) {
	switch {
	case ref.Kind == linkmap.InSection && (s.prog.Sections[ref.Section].Class == linkmap.Zeroed || s.prog.Sections[ref.Section].Class == linkmap.Data):
		why := "text of " + s.prog.In.Arch.Name + " cannot hold variables"
		if s.prog.In.Arch.WritableText {
			why = "--no-writable-text keeps it out of text"
		}
		e.Note("%s is a variable (%s) in RAM the firmware allocates; %s", ref.Name, s.prog.Sections[ref.Section].Name, why)
		e.Note("remove static, so that the compiler goes through the GOT, and compile with -fpic -fno-common")
	case ref.Kind == linkmap.InSection:
		e.Note("%s is in %s, apart from the code: compile with -fpic", ref.Name, s.places.Region[ref.Section])
	case ref.Kind == linkmap.Supplied:
		e.Note("%s is supplied by the firmware: compile with -fpic", ref.Name)
	case ref.Kind == linkmap.Null:
		e.Note("%s is weak and defined nowhere, so its address is null: compile with -fpic", ref.Name)
	default:
		e.Note("%s is the constant 0x%x", ref.Name, ref.Off)
	}
}
