package mpyfile

import "testing"

// TestFunTable: the sizes of mp_fun_table and the places of some entries are
// those of py/nativeglue.h at the tags.
func TestFunTable(t *testing.T) {
	type place map[string]int
	for abi, want := range map[*ABI]place{
		&abi5Cache:    {"": 80, "memset": 50, "memmove": 51, "memcpy": 51, "mp_plat_print": 66, "mp_type_type": 67, "mp_type_fun_builtin_1": 72, "mp_stream_write_obj": 79},
		&abi5:         {"": 80, "memset": 50, "memmove": 51, "memcpy": 51, "mp_plat_print": 66, "mp_type_type": 67, "mp_type_fun_builtin_1": 72, "mp_stream_write_obj": 79},
		&abi60:        {"": 80, "memset": 50, "memmove": 51, "memcpy": 51, "mp_plat_print": 66, "mp_type_type": 67, "mp_type_fun_builtin_1": 72, "mp_stream_write_obj": 79},
		&abi61:        {"": 80, "memset": 50, "memmove": 51, "memcpy": 51, "mp_plat_print": 66, "mp_type_type": 67, "mp_type_fun_builtin_1": 72, "mp_stream_write_obj": 79},
		&abi62:        {"": 80, "memset": 50, "memmove": 51, "memcpy": 51, "mp_plat_print": 66, "mp_type_type": 67, "mp_type_fun_builtin_1": 72, "mp_stream_write_obj": 79},
		&abi63:        {"": 87, "memset": 50, "memmove": 51, "memcpy": 51, "mp_plat_print": 72, "mp_type_type": 73, "mp_type_Exception": 82, "mp_stream_write_obj": 86},
		&abiCircuit63: {"": 88, "memset": 50, "memmove": 51, "memcpy": 51, "mp_plat_print": 73, "mp_type_type": 74, "mp_type_Exception": 83, "mp_stream_write_obj": 87},
	} {
		for symbol, slot := range want {
			got := abi.Provided.Get()[symbol].Dest
			if symbol == "" {
				got = Dest{ToFunEntry, int32(len(abi.Fun))}
			}
			if got != (Dest{ToFunEntry, int32(slot)}) {
				t.Errorf("%s: %q is %+v, not %d", abi.Name, symbol, got, slot)
			}
		}
		for i, name := range abi.Fun {
			if name == "" || abi.FunName(i) != name {
				t.Errorf("%s: entry %d is %q", abi.Name, i, abi.FunName(i))
			}
		}
	}
	for abi, want := range map[*ABI]map[int]string{
		&abi61: {64: "get_buffer_raise"}, &abi62: {64: "get_buffer"}, &abi63: {64: "load_method_maybe", 65: "get_buffer", 72: "plat_print"},
		&abiCircuit63: {55: "raise_msg_str", 67: "assert_native_inited", 73: "plat_print"},
	} {
		for entry, name := range want {
			if got := abi.FunName(entry); got != name {
				t.Errorf("%s: entry %d is %s, not %s", abi.Name, entry, got, name)
			}
		}
	}
	if Latest.FunName(-1) != "" || Latest.FunName(1000) != "" {
		t.Error("names of entries that are none")
	}
}
