package target

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"mpyld/mpyfile"
	"mpyld/relocs/machines"
)

// Table is two tables: what each release loads, and what each ABI is.
func Table() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TARGET\tABI\t_mpy ON X64\tARCHITECTURES")
	for list := mpyfile.Releases; len(list) > 0; {
		n := 1
		for n < len(list) && sameTarget(list[0], list[n]) {
			n++
		}
		fmt.Fprintln(w, targetRow(list[:n]))
		list = list[n:]
	}
	w.Flush()
	b.WriteString("\nABI                mp_fun_table, and what the loader accepts\n")
	for _, abi := range slices.Backward(mpyfile.ABIs) {
		describeABI(&b, abi)
	}
	return b.String()
}

// sameTarget reports whether nothing that shows in the table tells two
// releases apart.
func sameTarget(a, b *mpyfile.Release) bool {
	x64 := machines.For("x64")
	return a.ABI == b.ABI && a.For(x64) == b.For(x64) && slices.Equal(a.Archs, b.Archs) && a.ArchFlags == b.ArchFlags && a.Config == b.Config
}

func targetRow(list []*mpyfile.Release) string {
	r, name := list[0], list[0].Name
	if len(list) > 1 {
		name += " to " + strings.TrimPrefix(list[len(list)-1].Name, "circuitpython-")
	}
	abi := r.For(machines.For("x64"))
	archs := strings.Join(r.Archs, " ")
	if r.ArchFlags {
		archs += " (" + WithFlags() + ": with flags)"
	}
	onX64 := mpyfile.File{ABI: abi, Arch: machines.For("x64")}
	return fmt.Sprintf("%s\t%s\t0x%04x\t%s", name, abi.Name, onX64.Header().Number(), archs)
}

func describeABI(b *strings.Builder, abi *mpyfile.ABI) {
	name := abi.Name
	bits := fmt.Sprintf("sub-version %d", abi.Sub)
	if abi.Version == 5 {
		name = fmt.Sprintf("5, flags %d", abi.Sub)
		bits = fmt.Sprintf("flags %d (unicode%s)", abi.Sub, map[bool]string{true: ", map cache"}[abi.Sub&1 != 0])
	}
	fmt.Fprintf(b, "%-18s %s\n", name, abi.Releases)
	fmt.Fprintf(b, "%18s %d slots; %s\n", "", len(abi.Fun), abi.FunNotes)
	fmt.Fprintf(b, "%18s files that start with '%c' %d, %s, its architecture\n", "", abi.Magic, abi.Version, bits)
}
