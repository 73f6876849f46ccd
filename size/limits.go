package size

import (
	"fmt"
	"strconv"
	"strings"

	"mpyld/diag"
)

// Limits are the most bytes that a module may take; 0: any.
type Limits struct{ File, RAM, Text, Rodata, BSS int }

// limit is one of Limits.
type limit struct {
	name string
	most *int
	of   func(*Sum) int
}

// rows are the limits by name.
func (l *Limits) rows() []limit {
	return []limit{
		{"file", &l.File, func(s *Sum) int { return s.File }},
		{"ram", &l.RAM, func(s *Sum) int { return s.RAM }},
		{"text", &l.Text, func(s *Sum) int { return s.Text }},
		{"rodata", &l.Rodata, func(s *Sum) int { return s.Rodata }},
		{"bss", &l.BSS, func(s *Sum) int { return s.BSS }},
	}
}

// Over says which limits a module exceeds: "ram 8200 of 8192".
func (l Limits) Over(s Sum) (list []string) {
	for _, row := range l.rows() {
		if size := row.of(&s); *row.most > 0 && size > *row.most {
			list = append(list, fmt.Sprintf("%s %d of %d", row.name, size, *row.most))
		}
	}
	return list
}

// String is what ParseLimits reads; "" if there are none.
func (l Limits) String() string {
	var words []string
	for _, row := range l.rows() {
		if *row.most > 0 {
			words = append(words, fmt.Sprintf("%s=%d", row.name, *row.most))
		}
	}
	return strings.Join(words, ",")
}

// ParseLimits adds limits that a text has: "ram=8K,file=6000". Of two about one thing the
// last counts.
func (l *Limits) ParseLimits(text string) error {
	for word := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(word), "=")
		if err := l.set(name, value); err != nil {
			return err
		}
	}
	return nil
}

func (l *Limits) set(name, value string) error {
	var names []string
	for _, row := range l.rows() {
		if row.name != name {
			names = append(names, row.name)
			continue
		}
		n, ok := Parse(value)
		if !ok {
			return diag.New("", "%s=%s: is no size", name, value).Note("a whole number of bytes, or of kilobytes: %s=%s", name, instead(value))
		}
		*row.most = n
		return nil
	}
	return diag.New("", "%s: there is no such limit", name).Note("the limits are %s: ram=8K,file=6000", strings.Join(names, ", "))
}

// instead is a size that can be said in the place of a text: as many bytes as a fraction of kilobytes is.
func instead(text string) string {
	digits, isK := strings.CutSuffix(strings.TrimSuffix(strings.TrimSpace(text), "B"), "K")
	if v, err := strconv.ParseFloat(strings.TrimSpace(digits), 64); err == nil && isK && v >= 1.0/1024 && v*1024 <= most {
		return strconv.Itoa(int(v * 1024))
	}
	return "8K"
}

// Parse reads a size in bytes: "6000", "8K", "8 KB". It is more than nothing, and fits a
// device.
func Parse(text string) (n int, ok bool) {
	digits, isK := strings.CutSuffix(strings.TrimSuffix(strings.TrimSpace(text), "B"), "K")
	v, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 31)
	if isK {
		v *= 1024
	}
	return int(v), err == nil && v > 0 && v <= most
}

// most is what can be asked for: nothing larger can be loaded anywhere.
const most = 1<<31 - 1
