package mpyfile

// Version 6: MicroPython 1.19 and later (py/persistentcode.[ch] and
// py/nativeglue.h at those tags). The sub-version is raised whenever
// mp_fun_table or a structure that modules see changes, with one exception:
// from 1.20 to 1.21 the objects of qstrs became the result of a call.

var (
	abi60 = version6(ABI{
		Name: "6.0", Releases: "MicroPython 1.19", Sub: 0, Objects: true,
		Fun: fun12, FunNotes: "[26] takes the module's context; [64] get_buffer_raise; types from [67]",
		Provided: provided12,
	})
	abi61 = version6(ABI{
		Name: "6.1", Releases: "MicroPython 1.20 and 1.21", Sub: 1, Objects: true,
		Fun: fun12, FunNotes: "as 6.0; in 1.21 [4] makes objects of qstrs",
		Provided: provided12,
	})
	abi62 = version6(ABI{
		Name: "6.2", Releases: "MicroPython 1.22", Sub: 2,
		Fun: fun22, FunNotes: "[64] get_buffer; types from [67]",
		Provided: provided(fun22, QStrTableSymbol),
	})
	abi63 = version6(ABI{
		Name: "6.3", Releases: "MicroPython 1.23 to 1.30-preview", Sub: 3,
		Fun: fun23, FunNotes: "[64] load_method_maybe, [67] arg_parse_all and [69] binary_get_size with what follows them are new; types from [73]",
		Provided: provided(fun23, QStrTableSymbol),
	})
)

func version6(a ABI) ABI {
	a.Magic, a.Version, a.SmallIntBits = Magic, 6, 31
	a.Scope = ScopeOf(Magic)
	a.Wire = Wire{QStrTable: 6, ObjTable: 7, FunTable: 8, FunEntry0: 9}
	return a
}
