package qstrlink

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A config header changes with its sources. An object that was compiled before
// has the old numbers in its code, and with the new header it would mean other
// names by them. So a header leaves the names it numbers, as records, in every
// object: in a section that is no part of a module.
//
//	#define MP_QSTR_a (mp_native_qstr_table[1])
//	#define MP_QSTR_b (mp_native_qstr_table[2])    leave "1.21 values 1 a b"
//
// A record is a text with a NUL behind it: the layout, the table, the number of
// the first name, names. It stands on its own, for compilers may reorder the
// statements that write them, and ld -r puts those of many objects in a row.

// RecordSection is the section of an object that has the records.
const RecordSection = ".mpyld.qstrs"

// Nothing of a record is seen by compilers other than for ELF. The statement is
// as assemblers for all machines read it: '@' begins a comment on Arm.
const (
	recordOpen  = "#if defined(__GNUC__) && defined(__ELF__)\n"
	recordClose = "#endif\n"
	recordLine  = "__asm__(\".pushsection " + RecordSection + ",\\\"\\\",%%progbits\\n.asciz \\\"%s\\\"\\n.popsection\");\n"
)

// maxRecord is how long the names of one record may be together: strict C99
// compilers warn about strings of more than 4095 bytes.
const maxRecord = 3000

// Tables of a record.
const (
	recordValues  = "values"
	recordObjects = "objects"
)

// records returns the lines of a config header that leave the records of names.
func (l *Layout) records(names QStrs) string {
	lines := l.record(recordValues, l.first, names.Values) + l.record(recordObjects, 0, names.Objects)
	if lines == "" {
		return ""
	}
	return recordOpen + lines + recordClose
}

func (l *Layout) record(table string, first int, names []string) string {
	var b strings.Builder
	for len(names) > 0 {
		n, size := 1, len(names[0])
		for n < len(names) && size+1+len(names[n]) <= maxRecord {
			size += 1 + len(names[n])
			n++
		}
		fmt.Fprintf(&b, recordLine, strings.Join(append([]string{l.since, table, strconv.Itoa(first)}, names[:n]...), " "))
		names, first = names[n:], first+n
	}
	return b.String()
}

// Differs says how the config header that an object was compiled with, by its
// records, differs from the one that numbers names now, or "" if all its numbers
// mean the same: there may be more names behind them now.
func (l *Layout) Differs(records []byte, names QStrs) string {
	for len(records) > 0 {
		var record []byte
		record, records, _ = bytes.Cut(records, []byte{0})
		if len(record) == 0 {
			continue // padding
		}
		if what := l.differs(string(record), names); what != "" {
			return what
		}
	}
	return ""
}

// differs is Differs for one record.
func (l *Layout) differs(record string, names QStrs) string {
	const corrupt = "what it left in " + RecordSection + " cannot be read"
	since, rest, _ := strings.Cut(record, " ")
	table, rest, _ := strings.Cut(rest, " ")
	number, rest, more := strings.Cut(rest, " ")
	first, err := strconv.ParseUint(number, 10, 31)
	list, base, prefix := names.Values, l.first, prefix
	if table == recordObjects {
		list, base, prefix = names.Objects, 0, "MP_OBJ_NEW_QSTR_"+prefix
	}
	if since != l.since {
		i := slices.IndexFunc(layouts, func(other *Layout) bool { return other.since == since })
		if i < 0 {
			return corrupt
		}
		return "that was made for " + layouts[i].Releases + ", but the link is for " + l.Releases
	}
	at := int(first) - base
	if err != nil || at < 0 || table != recordValues && table != recordObjects {
		return corrupt
	}
	for name := ""; more; at++ {
		name, rest, more = strings.Cut(rest, " ")
		switch {
		case wordLen(name) != len(name):
			return corrupt
		case at >= len(list):
			return fmt.Sprintf("number %d was %s%s when it was compiled, and there is no number %d now", at+base, prefix, name, at+base)
		case list[at] != name:
			return fmt.Sprintf("number %d was %s%s when it was compiled, and is %s%s now", at+base, prefix, name, prefix, list[at])
		}
	}
	return ""
}
