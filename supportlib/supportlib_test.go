package supportlib_test

import (
	"debug/elf"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/mpyfile"
	"mpyld/qstrlink"
	"mpyld/relocs"
	"mpyld/relocs/machines"
	"mpyld/supportlib"
)

// must are the symbols that every architecture's library has; where size_t is
// unsigned long, j in these names is m.
var must = strings.Fields(`
__mpyld_start errno __errno __errno_location ___errno_location abort atexit __cxa_atexit __aeabi_atexit __dso_handle
__cxa_pure_virtual __cxa_deleted_virtual __cxa_guard_acquire __cxa_guard_release __cxa_guard_abort
_Znwj _Znaj _ZdlPv _ZdaPv _ZdlPvj _ZdaPvj _ZnwjRKSt9nothrow_t _ZnajRKSt9nothrow_t _ZdlPvRKSt9nothrow_t
_ZdaPvRKSt9nothrow_t _ZnwjSt11align_val_t _ZnajSt11align_val_t _ZdlPvSt11align_val_t _ZdaPvSt11align_val_t
_ZdlPvjSt11align_val_t _ZdaPvjSt11align_val_t _ZnwjSt11align_val_tRKSt9nothrow_t _ZnajSt11align_val_tRKSt9nothrow_t
__cxa_throw_bad_array_new_length _ZSt9terminatev _ZSt17__throw_bad_allocv _ZSt20__throw_length_errorPKc
_ZSt24__throw_out_of_range_fmtPKcz memcmp bcmp strlen
malloc free calloc realloc memalign aligned_alloc posix_memalign _malloc_r _free_r _calloc_r _realloc_r _memalign_r
sbrk _sbrk _sbrk_r exit _exit _Exit getpid _getpid kill _kill __assert __assert_func __assert_fail __assert_no_args
_close _fstat _isatty _link _lseek _open _read _stat _unlink _write close fstat isatty lseek open read stat unlink write
stdin stdout stderr _ZSt21__glibcxx_assert_failPKciS0_S0_
_ZSt21__throw_bad_exceptionv _ZSt16__throw_bad_castv _ZSt18__throw_bad_typeidv _ZSt19__throw_range_errorPKc
_ZSt22__throw_overflow_errorPKc _ZSt23__throw_underflow_errorPKc _ZSt20__throw_system_errori
_ZSt20__throw_future_errori _ZSt19__throw_ios_failurePKc _ZSt19__throw_ios_failurePKci`)

// TestMembers: every architecture has every function, weak, in a member that
// needs nothing but the library and the firmware (and the standard streams, what
// is in every C library that wants them).
func TestMembers(t *testing.T) {
	supplied := strings.Fields("mp_fun_table mp_plat_print mpy_init memmove memset fdevopen _GLOBAL_OFFSET_TABLE_ " +
		"__init_array_start __init_array_end __preinit_array_start __preinit_array_end")
	for _, arch := range machines.All() {
		m := arch
		names := slices.Clone(must)
		if m.ELF == elf.EM_ARM {
			names = append(names, strings.Fields("__aeabi_memcpy __aeabi_memmove4 __aeabi_memset8 __aeabi_memclr4")...)
		}
		for _, name := range names {
			if m.Class == elf.ELFCLASS64 {
				name = strings.NewReplacer("_Znwj", "_Znwm", "_Znaj", "_Znam", "_ZdlPvj", "_ZdlPvm", "_ZdaPvj", "_ZdaPvm").Replace(name)
			}
			obj := extract(t, m, name)
			if obj == nil {
				t.Errorf("%s: nothing defines %s", arch.Name, name)
				continue
			}
			for i := range obj.Symbols {
				s := &obj.Symbols[i]
				if s.Local() || s.Name == "" {
					continue
				}
				// x86's thunks are COMDAT: of those of a program one stays.
				if s.Where != elfload.Undefined && !s.Weak() && !(s.Where == elfload.InSection && obj.Sections[s.Sect].Group >= 0) {
					t.Errorf("%s: %s in %s is not weak", arch.Name, s.Name, obj.Name)
				}
				if s.Where == elfload.Undefined && !s.Weak() && !slices.Contains(supplied, s.Name) && extract(t, m, s.Name) == nil {
					t.Errorf("%s: %s needs %s", arch.Name, obj.Name, s.Name)
				}
			}
		}
	}
}

func extract(t *testing.T, m *relocs.Machine, name string) *elfload.Object {
	t.Helper()
	a, err := supportlib.Open(m)
	if err != nil {
		t.Fatal(err)
	}
	obj, err := a.Extract(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	return obj
}

// TestSlots compares the slots in support.h with every mp_fun_table.
func TestSlots(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("src", "support.h"))
	if err != nil {
		t.Fatal(err)
	}
	list, _, _ := strings.Cut(string(text), " }; // slots")
	list = list[strings.LastIndex(list, "enum {")+len("enum {"):]
	for item := range strings.SplitSeq(list, ",") {
		name, number, _ := strings.Cut(strings.TrimSpace(item), " = ")
		slot, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		for _, abi := range mpyfile.ABIs {
			// raise_msg_str is CircuitPython's name for raise_msg.
			if got := strings.TrimSuffix(abi.FunName(slot), "_str"); got != strings.TrimSuffix(strings.ToLower(name), "_str") {
				t.Errorf("%s: slot %d is %s, not %s", abi.Name, slot, got, name)
			}
		}
	}
}

// TestQStrs compares the numbers in support.h with the static qstrs.
func TestQStrs(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("src", "support.h"))
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "AssertionError")
	list, _, _ = strings.Cut("AssertionError"+list, "}")
	n := 0
	for item := range strings.SplitSeq(list, ",") {
		name, number, _ := strings.Cut(strings.TrimSpace(item), " = ")
		n++
		if id, ok := qstrlink.Static(name); !ok || strings.TrimSpace(number) != strconv.Itoa(id) {
			t.Errorf("%s = %s, but its number is %d", name, number, id)
		}
	}
	if n < 8 {
		t.Errorf("only %d qstrs in %q", n, list)
	}
}
