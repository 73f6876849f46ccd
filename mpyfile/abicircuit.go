package mpyfile

// CircuitPython has MicroPython's format with a magic byte of its own, scope
// flags that made room for one of its own, and a function more in
// mp_fun_table (py/runtime0.h: MP_SCOPE_FLAG_ASYNC; py/nativeglue.h:
// assert_native_inited; all marked CIRCUITPY-CHANGE there).
//
// Its mpy_ld.py had MicroPython's scope flags and table until July 2026
// (10.3.0-alpha.4), so what it made before then did not work.

var abiCircuit63 = func() ABI {
	a := version6(ABI{
		Name: "circuitpython-6.3", Releases: "CircuitPython 9.2 to 10.4", Sub: 3,
		Fun: funCircuit, FunNotes: "[55] raise_msg_str; [67] assert_native_inited, and what follows it one later: types from [74]",
		Provided: provided(funCircuit, QStrTableSymbol),
	})
	a.Magic = MagicCircuit
	a.Scope = ScopeOf(MagicCircuit)
	return a
}()
