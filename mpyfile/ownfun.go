package mpyfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"mpyld/internal/lazy"
	"mpyld/internal/pattern"
)

// Firmware of one's own may have more entries at the end of mp_fun_table
// (MicroPython docs/develop/natmod.rst). Their names are read from the header
// that declares the table, as the firmware has it, or from a list.

// TableError is what is wrong with a description of mp_fun_table.
type TableError struct {
	Line int // from 1; 0 for none
	Text string
	Note string
}

func (e *TableError) Error() string { return e.Text }

func tableError(line int, note, format string, args ...any) *TableError {
	return &TableError{line, fmt.Sprintf(format, args...), note}
}

// ownEntry is an entry that a description names.
type ownEntry struct {
	name     string
	function bool
	line     int
}

// maxEntryCode is the largest destination code that a relocation record can
// have (mpywriter: maxCode).
const maxEntryCode = 126

// WithFunTable returns the ABI of firmware whose mp_fun_table has more entries
// behind those of a: a header with the struct mp_fun_table_t says which, or a
// list of their names, one a line. The error is a *TableError.
func (a *ABI) WithFunTable(text string) (*ABI, error) {
	entries, err := a.ownEntries(text)
	if err != nil {
		return nil, err
	}
	own := *a
	own.Base = a
	own.Fun = slices.Clone(a.Fun)
	all := maps.Clone(a.Provided.Get())
	own.Provided = &lazy.Value[map[string]Provided]{Make: func() map[string]Provided { return all }}
	for _, e := range entries {
		if slices.Contains(own.Fun, e.name) {
			return nil, tableError(e.line, "each entry has a name of its own", "%s is in mp_fun_table already", e.name)
		}
		p := Provided{Dest: Dest{Kind: ToFunEntry, Entry: int32(len(own.Fun))}, Code: e.function}
		own.Fun = append(own.Fun, e.name)
		if a.Wire.FunEntry0+len(own.Fun)-1 > maxEntryCode {
			return nil, tableError(e.line, "keep the table shorter, or reach more by a pointer in it",
				"entry %d: relocations can name %d entries and no more", p.Dest.Entry, maxEntryCode-a.Wire.FunEntry0+1)
		}
		// Fields have the names of what they are without the prefix.
		for _, symbol := range []string{e.name, "mp_" + e.name} {
			if _, taken := all[symbol]; !taken {
				all[symbol] = p
			}
		}
	}
	return &own, nil
}

var (
	blockComment = pattern.Of(`(?s)/\*.*?\*/`)
	lineComment  = pattern.Of(`//[^\n]*`)
	tableStruct  = pattern.Of(`\bstruct\s*\w*\s*\{([^{}]*)\}\s*mp_fun_table_t\s*;`)
	functionName = pattern.Of(`\(\s*\*\s*(?:const\s+)?(\w+)\s*\)\s*\(`)
	lastName     = pattern.Of(`(\w+)\s*$`)
	wordType     = pattern.Of(`\b(mp_obj_t|mp_const_obj_t|mp_int_t|mp_uint_t|size_t|intptr_t|uintptr_t)\b`)
)

// ownEntries reads the entries behind those of a.
func (a *ABI) ownEntries(text string) ([]ownEntry, error) {
	blank := func(s string) string { return strings.Repeat("\n", strings.Count(s, "\n")) + " " }
	text = lineComment.Get().ReplaceAllString(blockComment.Get().ReplaceAllStringFunc(text, blank), "")
	at := tableStruct.Get().FindStringSubmatchIndex(text)
	switch {
	case at != nil:
		return a.behindOwn(text[at[2]:at[3]], 1+strings.Count(text[:at[2]], "\n"))
	case strings.ContainsAny(text, ";{"):
		return nil, tableError(0, "it takes py/nativeglue.h of the firmware, or a list of the names behind the last entry, one a line",
			"declares no struct mp_fun_table_t")
	}
	var entries []ownEntry
	line := 0
	for text := range strings.Lines(text) {
		line++
		name, _, _ := strings.Cut(text, "#")
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if !pattern.Identifier.Get().MatchString(name) {
			return nil, tableError(line, "one name a line; # begins a comment", "%q is not a name", name)
		}
		entries = append(entries, ownEntry{name, !isData(name), line})
		if len(entries) > maxEntryCode {
			break // more than there can be
		}
	}
	if len(entries) == 0 {
		return nil, tableError(0, "it takes py/nativeglue.h of the firmware, or a list of the names behind the last entry, one a line", "names no entry")
	}
	return entries, nil
}

// isData tells types and function objects, which are not called, by name.
func isData(name string) bool {
	name = strings.TrimPrefix(name, "mp_")
	return strings.HasPrefix(name, "type_") || strings.HasSuffix(name, "_obj")
}

// behindOwn reads the fields of the struct, compares the first with the entries
// that a has, and returns the others.
func (a *ABI) behindOwn(body string, line int) ([]ownEntry, error) {
	fields, err := structFields(body, line)
	if err != nil {
		return nil, err
	}
	note := "--target says which release the firmware is made from"
	for i, name := range a.Fun {
		if i == len(fields) {
			return nil, tableError(line, note, "mp_fun_table_t has %d entries, and firmware of %s has %d", len(fields), a.Releases, len(a.Fun))
		}
		if f := fields[i]; plain(f.name) != plain(name) {
			return nil, tableError(f.line, note, "entry %d of mp_fun_table_t is %s, and firmware of %s has %s there: new entries go to the end", i, f.name, a.Releases, name)
		}
	}
	if len(fields) == len(a.Fun) {
		return nil, tableError(line, note, "mp_fun_table_t has the %d entries of %s and no more", len(fields), a.Releases)
	}
	return fields[len(a.Fun):], nil
}

// plain is the name of an entry as it is in headers and in tables alike: memset_
// is memset there, type_type is mp_type_type.
func plain(name string) string {
	return strings.TrimSuffix(strings.TrimPrefix(name, "mp_"), "_")
}

// structFields reads fields of one word each.
func structFields(body string, line int) ([]ownEntry, error) {
	var fields []ownEntry
	decl, first, depth := "", 0, 0
	for i, text := range strings.Split(body, "\n") {
		if trimmed := strings.TrimSpace(text); strings.HasPrefix(trimmed, "#") {
			switch word := strings.TrimSpace(trimmed[1:]); {
			case strings.HasPrefix(word, "if"):
				depth++
			case strings.HasPrefix(word, "endif"):
				depth--
			}
			continue
		}
		for _, c := range text {
			if strings.TrimSpace(decl) == "" {
				first = line + i
			}
			if c != ';' {
				decl += string(c)
				continue
			}
			f, err := structField(decl, first)
			if err != nil {
				return nil, err
			}
			if depth > 0 {
				return nil, tableError(first, "give the file as the firmware's compiler sees it: CC -E, with the options of the firmware", "whether %s is in the table is a condition (#if)", f.name)
			}
			fields, decl = append(fields, f), ""
		}
		decl += " "
	}
	return fields, nil
}

func structField(decl string, line int) (ownEntry, error) {
	if m := functionName.Get().FindStringSubmatch(decl); m != nil {
		return ownEntry{m[1], true, line}, nil
	}
	m := lastName.Get().FindStringSubmatch(decl)
	if m == nil || strings.ContainsAny(decl, ",[(:") || !strings.Contains(decl, "*") && !wordType.Get().MatchString(decl) {
		return ownEntry{}, tableError(line, "declare pointers, each in a statement of its own", "%q: an entry of mp_fun_table_t is a pointer or another type of one word", strings.Join(strings.Fields(decl), " "))
	}
	return ownEntry{m[1], false, line}, nil
}
