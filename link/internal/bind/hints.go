package bind

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"mpyld/link/internal/resolve"
	"mpyld/relocs"
)

// Names that users miss come in families: an arithmetic routine of the compiler, a
// function of math.h, of a C library, of C++'s run time. Each family is in one place and
// has one remedy, so a row for each says which names are of it and what to do.
//
//	__aeabi_dadd    by its prefix __aeabi_: "libgcc.a of the toolchain has __aeabi_dadd: pass -l with ..."

// symbolHome says where a family of symbols that users miss is to be found.
type symbolHome struct {
	hint     string                       // with %s, or %[1]s, for the symbol
	library  func(*relocs.Advice) library // instead, of what libraries of the toolchain have
	also     string                       // another way, behind the hint
	names    string                       // words
	prefixes []string
}

// library is where a toolchain has a family of functions.
type library struct {
	hint   string   // with %s for the symbol
	files  []string // what the archive is called
	beyond string   // where a function is that the archive does not have; "" if not known
}

func libgcc(a *relocs.Advice) library {
	return library{a.Runtime, []string{"libgcc.a", "libclang_rt.builtins"}, ""}
}

func libm(a *relocs.Advice) library {
	beyond := a.C
	if a.Maths == a.C {
		beyond = ""
	}
	return library{a.Maths, libraryFiles(a.Maths), beyond}
}

func libc(a *relocs.Advice) library { return library{a.C, libraryFiles(a.C), ""} }

// libraryFiles are the names of the archive that a hint is about.
func libraryFiles(hint string) []string {
	name, _, _ := strings.Cut(hint, ".a ")
	if name == "libm" {
		return []string{"libm.a", "libm_nano.a"}
	}
	return []string{"libc.a", "libc_nano.a", "libg.a", "libg_nano.a"}
}

// whoHas returns where a well-known symbol is found, or "".
func (s *binder) whoHas(name string) string {
	if hasPrefix(name, s.prog.Machine.Advice.RuntimeOwn) {
		return s.librarysHint(libgcc(&s.prog.Machine.Advice), name)
	}
	for _, h := range symbolHomes {
		if !hasPrefix(name, h.prefixes) && !slices.Contains(strings.Fields(h.names), name) {
			continue
		}
		if h.library != nil {
			return s.librarysHint(h.library(&s.prog.Machine.Advice), name) + h.also
		}
		if field := s.prog.In.ABI.FunFor(name); field != "" && h.hint == hintFirmware {
			return fmt.Sprintf("%s is an entry of mp_fun_table: call mp_fun_table.%s (py/dynruntime.h)", name, field)
		}
		return fmt.Sprintf(h.hint, name)
	}
	return ""
}

func hasPrefix(name string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}

// librarysHint says where a function of a library is. Whoever has given the
// library must not be told to.
func (s *binder) librarysHint(lib library, name string) string {
	given := s.given(lib.files)
	switch {
	case given == "":
		return fmt.Sprintf(lib.hint, name)
	case lib.beyond != "":
		return fmt.Sprintf(lib.beyond, name)
	}
	return fmt.Sprintf("%s does not have %s: is it the library that goes with %s?", given, name, s.prog.Machine.ABI.Compile)
}

// given returns the archive with one of the names, as the command line has it.
func (s *binder) given(names []string) string {
	for _, a := range s.prog.In.Archives {
		base := filepath.Base(a.Name)
		if slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(base, name) }) {
			return a.Name
		}
	}
	return ""
}

// hintFirmware is for what only the firmware itself can use.
const hintFirmware = "%s is part of the firmware and not in mp_fun_table: a module can only use it at its address in one firmware (--just-symbols firmware.elf), or if the firmware adds it to that table (--fun-table)"

// symbolHomes are tried in order. Names are from the libgcc manual ("The GCC
// low-level runtime library"), the Arm RTABI, ISO C and py/dynruntime.h.
var symbolHomes = []symbolHome{
	{
		hint: "%s throws, catches or passes on exceptions, and nothing on the device unwinds a stack: compile with -fno-exceptions (Rust: -C panic=abort)",
		names: `
__cxa_allocate_exception __cxa_free_exception __cxa_throw __cxa_rethrow __cxa_begin_catch __cxa_end_catch
__cxa_end_cleanup __cxa_call_unexpected __cxa_call_terminate __cxa_get_exception_ptr __cxa_throw_bad_array_new_length
__gxx_personality_v0 __gcc_personality_v0 rust_eh_personality rust_begin_unwind _ZSt9terminatev`,
		prefixes: []string{"_Unwind_", "__aeabi_unwind_"},
	},
	{
		hint:     "%s is the type of a function, for a check of calls by pointer: compile with -fno-sanitize=function",
		prefixes: []string{"_ZTIF", "_ZTSF"},
	},
	{
		hint:     "%s is run-time type information of C++, which is in no C library: compile with -fno-rtti",
		names:    "__dynamic_cast __cxa_bad_cast __cxa_bad_typeid",
		prefixes: []string{"_ZTVN10__cxxabiv1", "_ZTI"},
	},
	{
		hint:  "%s is a macro of py/dynruntime.h (#include it) where Python has floats: compile with -DMICROPY_FLOAT_IMPL=MICROPY_FLOAT_IMPL_FLOAT, or _DOUBLE (build --float float; MICROPY_FLOAT_IMPL=float with dynruntime.mk)",
		names: "mp_obj_new_float mp_obj_get_float",
	},
	{
		hint: "%s is a macro of py/dynruntime.h: #include it in the file that uses the name",
		names: `
m_malloc m_malloc0 m_free m_realloc m_realloc_maybe m_malloc_fail mp_printf mp_vprintf mp_plat_print
mp_obj_new_bool mp_obj_new_int mp_obj_new_int_from_uint mp_obj_new_str mp_obj_new_str_of_type mp_obj_new_bytes
mp_obj_new_bytearray_by_ref mp_obj_new_tuple mp_obj_new_list mp_obj_new_dict mp_obj_get_type
mp_obj_cast_to_native_base mp_obj_get_int mp_obj_get_int_truncated mp_obj_str_get_str mp_obj_str_get_data
mp_get_buffer mp_get_buffer_raise mp_get_stream_raise mp_obj_is_true mp_obj_len mp_obj_subscr mp_obj_get_array
mp_obj_list_append mp_obj_dict_store mp_obj_malloc_helper mp_load_name mp_load_global mp_load_attr mp_load_method
mp_load_super_method mp_store_name mp_store_global mp_store_attr mp_unary_op mp_binary_op
mp_call_function_n_kw mp_arg_check_num mp_arg_parse_all mp_arg_parse_all_kw_array mp_import_name mp_import_from
mp_obj_new_exception mp_obj_new_exception_arg1 nlr_raise mp_raise_msg mp_raise_OSError mp_raise_NotImplementedError
mp_raise_TypeError mp_raise_ValueError mp_obj_new_float_from_f
mp_obj_new_float_from_d mp_obj_get_float_to_f mp_obj_get_float_to_d mp_binary_get_size mp_binary_get_val_array
mp_binary_set_val_array mp_type_NoneType mp_type_bool mp_type_int mp_type_bytes mp_type_bytearray mp_type_tuple
mp_type_EOFError mp_type_IndexError mp_type_KeyError mp_type_NotImplementedError mp_type_RuntimeError
mp_type_TypeError mp_type_ValueError mp_const_empty_bytes mp_const_empty_tuple`,
	},
	{
		hint:     hintFirmware,
		prefixes: []string{"mp_", "m_", "nlr_", "gc_", "vstr_", "qstr_"},
	},
	{
		library:  libgcc,
		prefixes: []string{"__aeabi_", "__gnu_thumb1_case_", "__mulxc", "__divxc"},
		names: `
__divsi3 __udivsi3 __modsi3 __umodsi3 __mulsi3 __divdi3 __udivdi3 __moddi3 __umoddi3 __divmoddi4 __udivmoddi4
__muldi3 __ashldi3 __ashrdi3 __lshrdi3 __negdi2 __cmpdi2 __ucmpdi2 __clzsi2 __clzdi2 __ctzsi2 __ctzdi2 __ffssi2
__ffsdi2 __popcountsi2 __popcountdi2 __paritysi2 __paritydi2 __bswapsi2 __bswapdi2 __multi3 __divti3 __udivti3
__modti3 __umodti3 __ashlti3 __ashrti3 __lshrti3 __addsf3 __subsf3 __mulsf3 __divsf3 __negsf2 __adddf3 __subdf3
__muldf3 __divdf3 __negdf2 __eqsf2 __nesf2 __ltsf2 __lesf2 __gtsf2 __gesf2 __unordsf2 __eqdf2 __nedf2 __ltdf2
__ledf2 __gtdf2 __gedf2 __unorddf2 __fixsfsi __fixsfdi __fixunssfsi __fixunssfdi __fixdfsi __fixdfdi
__fixunsdfsi __fixunsdfdi __floatsisf __floatunsisf __floatdisf __floatundisf __floatsidf __floatunsidf
__floatdidf __floatundidf __extendsfdf2 __truncdfsf2 __powisf2 __powidf2 __umulsidi3`,
	},
	{
		library: libm,
		names: `
acos acosf acosh acoshf asin asinf asinh asinhf atan atan2 atan2f atanf atanh atanhf cbrt cbrtf ceil ceilf copysign
copysignf cos cosf cosh coshf erf erfc erfcf erff exp exp2 exp2f expf expm1 expm1f fabs fabsf floor floorf fma fmaf
fmax fmaxf fmin fminf fmod fmodf frexp frexpf hypot hypotf ldexp ldexpf lgamma lgammaf log log10 log10f log1p
log1pf log2 log2f logf lrint lrintf lround lroundf modf modff nan nanf nearbyint nearbyintf pow powf remainder
remainderf rint rintf round roundf scalbn scalbnf sin sincos sincosf sinf sinh sinhf sqrt sqrtf tan tanf tanh tanhf
tgamma tgammaf trunc truncf`,
	},
	{
		library: libc,
		also:    "; or without a C library: mp_printf(&mp_plat_print, ...) of py/dynruntime.h",
		names:   "printf vprintf puts putchar",
	},
	{
		library: libc,
		names: `
abs atof atoi atol bsearch bcmp isalnum isalpha isdigit isspace isupper labs memchr memcmp memmem qsort rand snprintf
sprintf srand sscanf stpcpy strcasecmp strcat strchr strcmp strcpy strcspn strdup strlen strncat strncmp strncpy
strnlen strpbrk strrchr strspn strstr strtod strtof strtok strtol strtoll strtoul strtoull tolower toupper
vsnprintf vsprintf fprintf vfprintf putc fputc fputs fwrite fflush perror getchar getc fgetc
fgets scanf fscanf fopen fclose fread strerror strtoul asprintf vasprintf atoll llabs div ldiv lldiv rand_r strlcpy strlcat
strncasecmp strsep strtok_r strndup memccpy mempcpy rewind fseek ftell remove mktime gmtime localtime strftime
iscntrl isgraph islower isprint ispunct isxdigit isblank isalnum setvbuf ungetc sscanf vsscanf putw stdin stdout stderr
_impure_ptr __ctype_ptr__ _ctype_ __errno __assert_func abort`,
	},
	{
		hint:  "%[1]s asks for the time, which mp_fun_table does not have: define %[1]s in the module, over ticks_ms of MicroPython's time (py/dynruntime.h: mp_import_name, mp_load_attr, mp_call_function_n_kw)",
		names: "clock times _times time gettimeofday _gettimeofday clock_gettime",
	},
	{
		hint:     "%s is a check of _FORTIFY_SOURCE: compile with -U_FORTIFY_SOURCE",
		prefixes: []string{"__memcpy_chk", "__memset_chk", "__memmove_chk", "__str", "__sprintf_chk", "__snprintf_chk"},
	},
	{
		hint:     "%s is a check of a sanitizer, whose library runs on no device: compile with -fno-sanitize=all, or, of undefined behaviour, with -fsanitize-trap=all",
		prefixes: []string{"__ubsan_", "__asan_", "__hwasan_", "__tsan_", "__msan_", "__sanitizer_"},
	},
	{
		hint:     "%s is of a profiler, whose library runs on no device: compile without --coverage, -pg, -fprofile-generate and -finstrument-functions",
		prefixes: []string{"__gcov_", "__llvm_profile_", "__cyg_profile_"},
		names:    "mcount _mcount __gnu_mcount_nc",
	},
	{
		hint:     "%s is for thread-local variables, and a module has no threads: without thread_local (_Thread_local, __thread) it is a variable like others",
		prefixes: []string{"__emutls_"},
	},
	{
		hint:     "%s is an atomic operation for which the core has no instructions, and a module cannot keep interrupts and other cores out: use a plain variable, of which loads and stores of a word are whole",
		prefixes: []string{"__atomic_", "__sync_"},
	},
	{
		hint:  "%s is a check of the stack protector: compile with -fno-stack-protector",
		names: "__stack_chk_fail __stack_chk_guard",
	},
	{
		hint:  "%s looks into the heap of a C library, but malloc takes memory of MicroPython's",
		names: resolve.HeapPeek,
	},
	{
		hint:  "%s is where a heap would be that a module does not have: leave out the _sbrk that asks for it (mpyld's own library has malloc)",
		names: "__heap_start __heap_end __HeapBase __HeapLimit _heap_start _heap_end __heap_limit _sheap _eheap",
	},
	{
		hint:  "%s makes the stdin, stdout and stderr that mpyld's own library has for picolibc: pass -l with picolibc's libc.a",
		names: "fdevopen",
	},
}
