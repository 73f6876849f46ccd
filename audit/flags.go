package audit

// The header of a module says which extensions of its architecture it needs: those
// that the options give and, where the loader can read it, those that its objects
// say they are compiled for (RISC-V ELF psABI, Tag_RISCV_arch). Members of
// archives count like objects.

// flags checks the extensions in the header.
func (a *audit) flags() {
	want := a.in.ArchFlags
	if a.in.OwnFlags {
		for i := range a.files {
			want |= a.in.Machine.FlagsOf(a.files[i].ISA)
		}
	}
	if got := a.file.ArchFlags; got != want {
		a.bad("", "the header has the extensions %s, the objects and options need %s", a.in.Machine.FlagNames(got), a.in.Machine.FlagNames(want))
	}
}
