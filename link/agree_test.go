package link

import (
	"path/filepath"
	"strings"
	"testing"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/linkmap"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// saying is an object with a function and build attributes.
func saying(name, arch, attributes string) elfmake.Object {
	m := machines.For(arch)
	o := elfmake.Object{Machine: m.ELF, Class: m.Class, RELA: m.ModeBits == 0, Sections: []elfmake.Section{text(16)}, Symbols: []elfmake.Symbol{fn(name, 0, uint64(m.ModeBits))}}
	if attributes != "" {
		o.Sections = append(o.Sections, attributeSection(m.ABI.Vendor, attributes))
	}
	return o
}

// TestAgreement: what two objects may say together, as GNU ld has it (2.40; of
// RISC-V's atomics and gp, lld).
func TestAgreement(t *testing.T) {
	const (
		small, wide, forced  = "\x1a\x01", "\x1a\x02", "\x1a\x03" // Tag_ABI_enum_size
		wchar2, wchar4       = "\x12\x02", "\x12\x04"             // Tag_ABI_PCS_wchar_t
		ieee, alternative    = "\x26\x01", "\x26\x02"             // Tag_ABI_FP_16bit_format
		stack16, stack8      = "\x04\x10", "\x04\x08"             // Tag_RISCV_stack_align
		a6c, a6s, a7         = "\x0e\x01", "\x0e\x02", "\x0e\x03" // Tag_RISCV_atomic_abi
		gp, shadow, register = "\x10\x01", "\x10\x02", "\x10\x03" // Tag_RISCV_x3_reg_usage
	)
	tests := []struct {
		name, arch string
		says       []string
		want       string // "" means that they link
	}{
		{"same enums", "armv7m", []string{small, small}, ""},
		{"enums", "armv7m", []string{small, wide}, "b.o: is compiled for enums of 32 bits (-fno-short-enums), but a.o for enums that are as small as their values allow (-fshort-enums)"},
		{"enums in another order", "armv6m", []string{wide, small}, "b.o: is compiled for enums that are as small"},
		{"no enums", "armv7m", []string{small, "\x1a\x00", small}, ""},
		{"no attributes", "armv7m", []string{"", wide, ""}, ""},
		{"the first that says it counts", "armv7emsp", []string{"", wide, "\x1a\x00", small}, "d.o: is compiled for enums that are as small as their values allow (-fshort-enums), but b.o for"},
		{"forced goes with all", "armv7m", []string{forced, small, forced}, ""},
		{"forced settles nothing", "armv7m", []string{small, forced, wide}, "c.o: is compiled for enums of 32 bits"},
		{"wchar_t", "armv7m", []string{wchar4, wchar2}, "wchar_t of 2 bytes (-fshort-wchar), but a.o for wchar_t of 4 bytes (-fno-short-wchar)"},
		{"wchar_t of no size", "armv7m", []string{wchar4, "\x12\x00"}, ""},
		{"a wchar_t to come", "armv7m", []string{wchar4, "\x12\x08"}, "wchar_t of size 8"},
		{"fp16", "armv7emdp", []string{ieee, alternative}, "alternative format (-mfp16-format=alternative)"},
		{"fp16 of one", "armv7emdp", []string{ieee, ""}, ""},
		{"stack", "rv32imc", []string{stack16, stack8}, "a stack that is aligned to 8 bytes (-mpreferred-stack-boundary=3)"},
		{"stack of one", "rv64imc", []string{stack16, ""}, ""},
		{"odd stack", "rv32imc", []string{stack16, "\x04\x20"}, "a stack with an alignment of 32, but"},
		{"unaligned accesses", "rv32imc", []string{"\x06\x01", "\x06\x00"}, ""},
		{"atomics", "rv32imc", []string{a6c, a7}, "atomics of the ABI A7, but a.o for atomics of the ABI A6C"},
		{"atomics that go with both", "rv32imc", []string{a6s, a7, a6s}, ""},
		{"gp", "rv32imc", []string{gp, register}, "gp as a register like others"},
		{"shadow stack", "rv32imc", []string{shadow}, "for a shadow stack in gp, which nobody sets"},
		{"static base", "armv7m", []string{"\x0e\x01"}, "from a static base in r9"},
		{"static base by its data", "armv7m", []string{"\x0e\x03\x0f\x02"}, "from a static base in r9"},
		{"thread pointer", "armv6m", []string{"\x0e\x02"}, "a thread pointer in r9"},
		{"r9 left alone", "armv7m", []string{"\x0e\x03", "\x0e\x00", "\x0f\x01"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var objects []elfmake.Object
			for i, attributes := range tt.says {
				objects = append(objects, saying([]string{"mpy_init", "b", "c", "d"}[i], tt.arch, attributes))
			}
			in := input(t, tt.arch, objects...)
			_, err := Checked(in)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) || strings.Contains(got, "\n") {
				t.Errorf("got %q, want %q in it", got, tt.want)
			}
			in.AllowABIMismatch = true
			res, err := Checked(in)
			if err != nil || (len(res.Warnings) == 1) != (tt.want != "") {
				t.Errorf("allowed: %v, warnings %v", err, res.Warnings)
			}
		})
	}
}

// TestAgreementOfMembers: of libraries there is one warning each, and none about
// the helpers of compilers and the linker's own library.
func TestAgreementOfMembers(t *testing.T) {
	const small, wide = "\x1a\x01", "\x1a\x02"
	archive := func(name, attributes string, symbols ...string) *elfload.Archive {
		var members []elfmake.Member
		for _, symbol := range symbols {
			o := saying(symbol, "armv7m", attributes)
			members = append(members, elfmake.Member{Name: symbol + ".o", Symbol: symbol, Data: o.Bytes()})
		}
		data := elfmake.Dialects[0].Build(members)
		a, err := elfload.OpenArchive(name, strings.NewReader(string(data)), int64(len(data)), machines.For("armv7m"))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for _, tt := range []struct {
		name, own string
		want      []string
	}{
		{"clang's", wide, []string{"libx.a(x1.o): is compiled for enums that are as small", "liby.a(y1.o): is compiled for enums that are as small"}},
		{"gcc's", small, nil},
		{"assembled", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := input(t, "armv7m", saying("mpy_init", "armv7m", tt.own))
			in.Archives = []*elfload.Archive{
				archive("libx.a", small, "x1", "x2", "__aeabi_idiv"), archive("liby.a", small, "y1", "__wrap_f"), archive("libz.a", wide, "z1"),
			}
			in.Undefined = []string{"__aeabi_idiv", "x1", "x2", "y1", "own"}
			in.Support = func(*relocs.Machine) (*elfload.Archive, error) { return archive("support", small, "own"), nil }
			res, err := Checked(in)
			if err != nil {
				t.Fatal(err)
			}
			if len(res.Extracted) != 5 || len(res.Warnings) != len(tt.want) {
				t.Fatalf("%d members, warnings %v, want %v", len(res.Extracted), res.Warnings, tt.want)
			}
			for i, w := range res.Warnings {
				if !strings.HasPrefix(w.Error(), tt.want[i]) {
					t.Errorf("got %v, want %q", w, tt.want[i])
				}
			}
		})
	}
}

// TestAgreementError: the whole message.
func TestAgreementError(t *testing.T) {
	_, err := Checked(input(t, "armv7m", saying("mpy_init", "armv7m", "\x1a\x01"), saying("f", "armv7m", "\x1a\x02")))
	golden(t, filepath.Join("testdata", "errors", "enum-size.txt"), diag.Render("", err))
}

// TestAgreementOfFirmware: the functions of a firmware may share data too.
func TestAgreementOfFirmware(t *testing.T) {
	in := input(t, "armv7m", saying("mpy_init", "armv7m", "\x1a\x02"))
	for value, want := range map[uint64]int{0: 0, 1: 1, 2: 0, 3: 0} {
		in.Firmware = []linkmap.Firmware{{File: "firmware.elf", Facts: relocs.Facts{Attributes: []relocs.Attribute{{Tag: 26, Number: value}}}}}
		res, err := Checked(in)
		if err != nil || len(res.Warnings) != want {
			t.Errorf("%d: %v, warnings %v, want %d", value, err, res.Warnings, want)
		}
	}
}
