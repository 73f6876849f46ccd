package mpyfile

import "strings"

// The entries of mp_fun_table, by name (py/nativeglue.h, mp_fun_table_t).

var (
	funStart = strings.Fields(`const_none const_false const_true native_from_obj native_to_obj swap_globals load_name
		load_global load_build_class load_attr load_method load_super_method store_name store_global store_attr obj_subscr
		obj_is_true unary_op binary_op new_tuple new_list new_dict new_set set_store list_append dict_store
		make_function_from_proto_fun call_function_n_kw call_method_n_kw call_method_n_kw_var getiter iternext nlr_push
		nlr_pop raise import_name import_from import_all new_slice unpack_sequence unpack_ex delete_name delete_global
		new_closure arg_check_num_sig setup_code_state_native small_int_floor_divide small_int_modulo yield_from setjmp
		memset memmove realloc printf vprintf raise_msg obj_get_type obj_new_str obj_new_bytes obj_new_bytearray_by_ref
		obj_new_float_from_f obj_new_float_from_d obj_get_float_to_f obj_get_float_to_d`)
	funMiddle12 = strings.Fields("get_buffer_raise get_stream_raise plat_print")
	funMiddle22 = strings.Fields("get_buffer get_stream_raise plat_print")
	funMiddle23 = strings.Fields(`load_method_maybe get_buffer get_stream_raise arg_parse_all arg_parse_all_kw_array
		binary_get_size binary_get_val_array binary_set_val_array plat_print`)
	funMiddleCircuit = strings.Fields(`load_method_maybe get_buffer get_stream_raise assert_native_inited arg_parse_all
		arg_parse_all_kw_array binary_get_size binary_get_val_array binary_set_val_array plat_print`)
)

// FunNames returns the names of the entries of mp_fun_table, in order.
func (a *ABI) FunNames() []string {
	middle, types := funMiddle12, types12
	switch {
	case a.Magic == MagicCircuit:
		middle, types = funMiddleCircuit, types23
	case a.Version == 6 && a.Sub == 2:
		middle = funMiddle22
	case a.Version == 6 && a.Sub > 2:
		middle, types = funMiddle23, types23
	}
	names := append(append(append([]string{}, funStart...), middle...), types...)
	if a.Magic == MagicCircuit {
		names[55] = "raise_msg_str"
	}
	return names
}

// FunName is the name of an entry of mp_fun_table, or "".
func (a *ABI) FunName(entry int) string {
	if names := a.FunNames(); entry >= 0 && entry < len(names) {
		return names[entry]
	}
	return ""
}
