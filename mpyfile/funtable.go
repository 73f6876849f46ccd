package mpyfile

import (
	"slices"
	"strings"
)

// The entries of mp_fun_table, by name (py/nativeglue.h: mp_fun_table_t). They
// are the same from the start to obj_get_float_to_d, then differ.

var (
	fun12      = funTable("get_buffer_raise get_stream_raise plat_print", types12)
	fun22      = funTable("get_buffer get_stream_raise plat_print", types12)
	fun23      = funTable("load_method_maybe get_buffer get_stream_raise "+parsing, types23)
	funCircuit = renamed(funTable("load_method_maybe get_buffer get_stream_raise assert_native_inited "+parsing, types23), "raise_msg", "raise_msg_str")
)

const (
	funStart = `const_none const_false const_true native_from_obj native_to_obj swap_globals load_name
		load_global load_build_class load_attr load_method load_super_method store_name store_global store_attr obj_subscr
		obj_is_true unary_op binary_op new_tuple new_list new_dict new_set set_store list_append dict_store
		make_function_from_proto_fun call_function_n_kw call_method_n_kw call_method_n_kw_var getiter iternext nlr_push
		nlr_pop raise import_name import_from import_all new_slice unpack_sequence unpack_ex delete_name delete_global
		new_closure arg_check_num_sig setup_code_state_native small_int_floor_divide small_int_modulo yield_from setjmp
		memset memmove realloc printf vprintf raise_msg obj_get_type obj_new_str obj_new_bytes obj_new_bytearray_by_ref
		obj_new_float_from_f obj_new_float_from_d obj_get_float_to_f obj_get_float_to_d`

	// Since MicroPython 1.23.
	parsing = "arg_parse_all arg_parse_all_kw_array binary_get_size binary_get_val_array binary_set_val_array plat_print"

	types12 = `mp_type_type mp_type_str mp_type_list mp_type_dict
		mp_type_fun_builtin_0 mp_type_fun_builtin_1 mp_type_fun_builtin_2 mp_type_fun_builtin_3 mp_type_fun_builtin_var
		mp_stream_read_obj mp_stream_readinto_obj mp_stream_unbuffered_readline_obj mp_stream_write_obj`
	types23 = `mp_type_type mp_type_str mp_type_list mp_type_dict
		mp_type_fun_builtin_0 mp_type_fun_builtin_1 mp_type_fun_builtin_2 mp_type_fun_builtin_3 mp_type_fun_builtin_var
		mp_type_Exception
		mp_stream_read_obj mp_stream_readinto_obj mp_stream_unbuffered_readline_obj mp_stream_write_obj`
)

func funTable(middle, types string) []string {
	return strings.Fields(funStart + " " + middle + " " + types)
}

// renamed returns a table with another name for an entry.
func renamed(table []string, old, name string) []string {
	table[slices.Index(table, old)] = name
	return table
}

// underscored are the entries that py/nativeglue.h spells with a _ behind, since
// their names may be macros of a C library.
const underscored = " memset memmove realloc printf vprintf setjmp "

// FunFor is the field of mp_fun_table_t that holds the firmware's function of a
// name, as C spells it; "" if the table has none. Fields are named like functions
// without mp_, mp_obj_ or mp_native_.
func (a *ABI) FunFor(function string) string {
	var fields []string
	for _, prefix := range []string{"mp_", "mp_obj_", "mp_native_"} {
		if field, ok := strings.CutPrefix(function, prefix); ok {
			fields = append(fields, field)
		}
	}
	switch {
	case function == "gc_realloc":
		fields = []string{"realloc"}
	case strings.HasPrefix(function, "nlr_"):
		fields = []string{function}
	}
	for _, field := range fields {
		switch {
		case !slices.Contains(a.Fun, field):
		case strings.Contains(underscored, " "+field+" "):
			return field + "_"
		default:
			return field
		}
	}
	return ""
}

// FunName is the name of an entry of mp_fun_table, or "".
func (a *ABI) FunName(entry int) string {
	if entry < 0 || entry >= len(a.Fun) {
		return ""
	}
	return a.Fun[entry]
}
