//go:build e2e

package elfload_test

import (
	"bufio"
	"bytes"
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/relocs/machines"
)

// libraries are where toolchains have theirs, and what code is in them. Of some machines
// they have code that no MicroPython runs: ARM instructions, big-endian.
var libraries = []struct {
	arch, root string
	below      string // a part of the path; "": any
	least      int    // members that there are at least
}{
	{"armv7m", "/usr/lib/arm-none-eabi", "/thumb/v7-m/", 500},
	{"armv6m", "/usr/lib/gcc/arm-none-eabi", "/thumb/v6-m/", 200},
	{"armv7emsp", "/usr/lib/arm-none-eabi", "/thumb/v7e-m+fp/hard/", 500},
	{"rv32imc", "/usr/lib/gcc/riscv64-unknown-elf", "/rv32imac/ilp32/", 100},
	{"rv32imc", "/usr/lib/picolibc/riscv64-unknown-elf/lib/rv32imac/ilp32", "", 500},
	{"rv64imc", "/usr/lib/picolibc/riscv64-unknown-elf/lib/rv64imac/lp64", "", 500},
	{"xtensa", "/usr/lib/gcc/xtensa-lx106-elf", "", 50},
	{"xtensa", "/usr/lib/xtensa-lx106-elf/lib", "/lib/lib", 500},
	{"x64", "/usr/lib/x86_64-linux-musl", "", 500},
	{"x64", "/usr/lib/gcc/x86_64-linux-gnu", "/libstdc++", 100},
	{"x86", "/usr/lib/gcc/x86_64-linux-gnu", "/32/libgcc", 100},
}

// TestLibraries: the toolchains' own libraries are read as debug/elf and readelf read
// them.
func TestLibraries(t *testing.T) {
	for _, l := range libraries {
		t.Run(l.arch+" "+strings.ReplaceAll(strings.TrimPrefix(l.root+l.below, "/usr/lib/"), "/", " "), func(t *testing.T) {
			members, count := 0, map[string]int{}
			err := filepath.WalkDir(l.root, func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() || filepath.Ext(path) != ".a" || !strings.Contains(path, l.below) {
					return err
				}
				data, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				said, err := readelf(path)
				if err != nil {
					return err
				}
				for _, m := range archived(data) {
					if len(m.data) < 20 || m.data[0] != elf.ELFMAG[0] {
						continue
					}
					if len(said) == 0 {
						t.Fatalf("%s: readelf says nothing of %s", path, m.name)
					}
					if isOf := machines.For(l.arch); elf.Class(m.data[elf.EI_CLASS]) != isOf.Class || elf.Machine(m.data[18]) != isOf.ELF {
						said = said[1:]
						continue // picolibc's libm.a of 32 bits has a file of 64 bits
					}
					if err := sameObject(l.arch, m.data, count); err != nil {
						t.Errorf("%s(%s): %v", path, m.name, err)
					}
					if err := saysTheSame(l.arch, m.data, said[0]); err != nil {
						t.Errorf("%s(%s): readelf: %v", path, m.name, err)
					}
					members, said = members+1, said[1:]
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if members < l.least {
				t.Errorf("%d members, want %d", members, l.least)
			}
			t.Logf("%d members: %v", members, count)
		})
	}
}

type member struct {
	name string
	data []byte
}

// archived returns the members of an archive (ar(5), as GNU writes it).
func archived(data []byte) (list []member) {
	const magic, header = "!<arch>\n", 60
	names := ""
	for at := len(magic); at+header <= len(data); {
		h := data[at : at+header]
		size, _ := strconv.Atoi(strings.TrimSpace(string(h[48:58])))
		body := data[at+header : at+header+size]
		at += header + size + size&1
		switch name := strings.TrimRight(string(h[:16]), " "); {
		case name == "/" || name == "/SYM64/":
		case name == "//":
			names = string(body)
		default:
			if n, err := strconv.Atoi(strings.TrimPrefix(name, "/")); err == nil {
				name, _, _ = strings.Cut(names[n:], "\n")
			}
			list = append(list, member{strings.TrimSuffix(name, "/"), body})
		}
	}
	return list
}

// said is what readelf says of a file: of each symbol and relocation, in words of our own.
type said struct{ symbols, relocs []string }

// readelf asks for the symbols and relocations of an archive's members.
func readelf(path string) (list []said, err error) {
	out, err := exec.Command("readelf", "-W", "-s", "-r", path).Output()
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	section := ""
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		switch {
		case strings.HasPrefix(lines.Text(), "File: "):
			list, section = append(list, said{}), ""
		case strings.HasPrefix(lines.Text(), "Relocation section"):
			section = words[2]
		case len(list) == 0 || len(words) < 3:
		case section != "" && isHex(words[0]) && isHex(words[1]): // Offset Info Type [Value Name [+|- Addend]]
			list[len(list)-1].relocs = append(list[len(list)-1].relocs, fmt.Sprintf("%.200s %s %s", strings.Trim(section, "'"), hexadecimal(words[0]), hexadecimal(words[1]))) // it cuts long names
		case strings.HasSuffix(words[0], ":") && len(words) >= 7 && isHex(words[1]): // Num: Value Size Type Bind Vis Ndx Name
			size, _ := strconv.ParseInt(words[2], 0, 64)
			list[len(list)-1].symbols = append(list[len(list)-1].symbols, fmt.Sprintf("%s %d %s %s", hexadecimal(words[1]), size, words[4], words[6]))
		}
	}
	return list, lines.Err()
}

// bindings is how readelf spells them.
var bindings = map[elf.SymBind]string{elf.STB_LOCAL: "LOCAL", elf.STB_GLOBAL: "GLOBAL", elf.STB_WEAK: "WEAK", elf.STB_LOOS: "UNIQUE"}

func isHex(s string) bool {
	_, err := strconv.ParseUint(s, 16, 64)
	return err == nil
}

func hexadecimal(s string) string { return "0x" + strings.TrimLeft(s[:len(s)-1], "0") + s[len(s)-1:] }

// saysTheSame compares what is read with what readelf says, where both have the file's own
// numbers: padding that is cut, and tables that are turned, are sameObject's matter.
func saysTheSame(arch string, data []byte, s said) error {
	obj, err := elfload.Load("a.o", data, machines.For(arch))
	if err != nil {
		return err
	}
	if len(s.symbols) == 0 {
		s.symbols = []string{"0x0 0 LOCAL UND"} // there is no table
	}
	if len(obj.Symbols) != len(s.symbols) {
		return fmt.Errorf("%d symbols, want %d", len(obj.Symbols), len(s.symbols))
	}
	for i := range obj.Symbols {
		sym := &obj.Symbols[i]
		if sym.Where == elfload.InSection && obj.Sections[sym.Sect].Edits != nil {
			continue
		}
		ndx := map[elfload.Where]string{elfload.Undefined: "UND", elfload.Absolute: "ABS", elfload.Common: "COM", elfload.InSection: strconv.Itoa(int(sym.Sect))}[sym.Where]
		got := fmt.Sprintf("0x%x %d %s %s", sym.Value|uint64(sym.Mode), sym.Size, bindings[sym.Bind()], ndx)
		if got != s.symbols[i] {
			return fmt.Errorf("symbol %d, %s: %s, want %s", i, sym.Name, got, s.symbols[i])
		}
	}
	want := map[string]int{}
	for _, r := range s.relocs {
		want[r]++
	}
	for i := range obj.Sections {
		sec := &obj.Sections[i]
		if sec.Edits != nil || sec.Flags&elf.SHF_ALLOC == 0 {
			continue
		}
		for r := range sec.Relocs {
			info := uint64(r.Sym)<<8 | uint64(r.Type)
			if machines.For(arch).Class == elf.ELFCLASS64 {
				info = uint64(r.Sym)<<32 | uint64(r.Type)
			}
			found := false
			for _, kind := range []string{".rel", ".rela"} {
				key := fmt.Sprintf("%.200s 0x%x 0x%x", kind+sec.Name, r.Off, info)
				if want[key] > 0 {
					want[key]--
					found = true
					break
				}
			}
			if !found {
				return fmt.Errorf("a relocation that readelf does not see: %s+0x%x, type %d, symbol %d", sec.Name, r.Off, r.Type, r.Sym)
			}
		}
	}
	return nil
}
