// Package cmdline takes apart what options, variables and manifests call a command: a program
// and its arguments.
package cmdline

import "strings"

// Blanks is what to do about a program whose name has blanks.
const Blanks = "a name with blanks is one word in quotes"

// Words are the words of a command. Blanks are between them; a word that begins with a quote
// ends at the next one: "/opt/my tools/gcc" -m32. Nothing else is special, for a backslash is
// in names of Windows, and quotes within a word are an argument's: -DNAME="x".
func Words(text string) (words []string) {
	for text = strings.TrimLeft(text, blanks); text != ""; text = strings.TrimLeft(text, blanks) {
		word, ends := text, blanks
		if quote := text[:1]; quote == `"` || quote == "'" {
			word, ends = text[1:], quote
		}
		end := strings.IndexAny(word, ends)
		if end < 0 {
			return append(words, word)
		}
		words, text = append(words, word[:end]), word[end+1:]
	}
	return words
}

const blanks = " \t\n\v\f\r"
