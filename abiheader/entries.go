package abiheader

// An entry is a word of mp_fun_table: what it is called here, its type, and what
// a module has to know to use it.
type entry struct {
	name string // mpyfile.ABI.Fun has it
	decl string // a C declaration with @ for the name

	doc string

	// since and until are the targets (Target.Number) with this type, where a name
	// has had others; 0 for no limit.
	since, until int
}

// entries say what py/nativeglue.[ch] of the releases has. Layouts and types are facts
// of MicroPython's binary interface; the words are ours.
//
// "Raises" means that the call does not come back: the firmware unwinds to the
// innermost mpy_try or try statement. "Owned by nobody" is memory on the firmware's
// heap that lives as long as something on the heap, on the stack or in the
// module's variables points at its start.
var entries = []entry{
	{name: "const_none", decl: "mpy_obj @", doc: "The object None."},
	{name: "const_false", decl: "mpy_obj @", doc: "The object False."},
	{name: "const_true", decl: "mpy_obj @", doc: "The object True."},
	{name: "native_from_obj", decl: "mpy_word @(mpy_obj obj, mpy_word kind)", doc: "The C value of an object. kind is one of MPY_KIND_: of an int the low word (no error if there is more), the truth of an object, or for MPY_KIND_PTR the address of its buffer, else its int as an address. Raises TypeError if the object is no int."},
	{name: "native_to_obj", decl: "mpy_obj @(mpy_word value, mpy_word kind)", doc: "An object for a C value. kind is one of MPY_KIND_; MPY_KIND_QSTR since 1.21 only. Raises MemoryError if an int needs room on the heap and there is none."},
	{name: "swap_globals", decl: "mpy_dict *@(mpy_dict *globals)", doc: "Makes a dict the global names and returns the one that was, or NULL if they are the same; NULL changes nothing. mpy_init wants those of the module (MPY_INIT_ENTRY)."},
	{name: "load_name", decl: "mpy_obj @(mpy_qstr name)", doc: "What a name means: a local, a global, or a built-in. Raises NameError."},
	{name: "load_global", decl: "mpy_obj @(mpy_qstr name)", doc: "What a global or built-in name means: how a module gets at print, len, ValueError. Raises NameError."},
	{name: "load_build_class", decl: "mpy_obj @(void)", doc: "The function behind the class statement: __build_class__(body, name, base...)."},
	{name: "load_attr", decl: "mpy_obj @(mpy_obj obj, mpy_qstr name)", doc: "obj.name. Raises AttributeError."},
	{name: "load_method", decl: "void @(mpy_obj obj, mpy_qstr name, mpy_obj *method_and_self)", doc: "Looks up obj.name for a call without making a bound method: two objects are stored, for call_method_n_kw. The second is NULL if there is no self to pass. Raises AttributeError."},
	{name: "load_super_method", decl: "void @(mpy_qstr name, mpy_obj *method_and_self)", doc: "The same for super().name. On entry [1] is the class and [2] the object."},
	{name: "store_name", decl: "void @(mpy_qstr name, mpy_obj value)", doc: "name = value among the locals."},
	{name: "store_global", decl: "void @(mpy_qstr name, mpy_obj value)", doc: "name = value among the globals: what mpy_init offers to those who import the module."},
	{name: "store_attr", decl: "void @(mpy_obj obj, mpy_qstr name, mpy_obj value)", doc: "obj.name = value; value NULL deletes. Raises AttributeError."},
	{name: "obj_subscr", decl: "mpy_obj @(mpy_obj obj, mpy_obj index, mpy_obj value)", doc: "obj[index] for value MPY_SENTINEL, del obj[index] for NULL, else obj[index] = value. Raises IndexError, KeyError or TypeError."},
	{name: "obj_is_true", decl: "bool @(mpy_obj obj)", doc: "bool(obj)."},
	{name: "unary_op", decl: "mpy_obj @(int op, mpy_obj obj)", doc: "An operation on one object, of MPY_UNARY_. Raises TypeError."},
	{name: "binary_op", decl: "mpy_obj @(int op, mpy_obj left, mpy_obj right)", doc: "An operation on two objects, of MPY_BINARY_. Raises TypeError, ZeroDivisionError and what the objects' methods raise."},
	{name: "new_tuple", decl: "mpy_obj @(size_t n, const mpy_obj *items)", doc: "A tuple with a copy of n objects. items NULL leaves them for the caller to fill in, all of them before anything else is called. Raises MemoryError."},
	{name: "new_list", decl: "mpy_obj @(size_t n, mpy_obj *items)", doc: "A list with a copy of n objects. items NULL leaves them for the caller to fill in (mpy_list), all of them before anything else is called. Raises MemoryError."},
	{name: "new_dict", decl: "mpy_obj @(size_t room)", doc: "An empty dict with room for some items; it grows. Raises MemoryError."},
	{name: "new_set", decl: "mpy_obj @(size_t n, mpy_obj *items)", doc: "A set of n objects. Raises TypeError for one without hash; RuntimeError where the firmware has no sets."},
	{name: "set_store", decl: "void @(mpy_obj set, mpy_obj item)", doc: "set.add(item)."},
	{name: "list_append", decl: "mpy_obj @(mpy_obj list, mpy_obj item)", doc: "list.append(item), which is None. The object must be a list: that is not checked. Raises MemoryError."},
	{name: "dict_store", decl: "mpy_obj @(mpy_obj dict, mpy_obj key, mpy_obj value)", doc: "dict[key] = value; returns the dict. The object must be a dict: that is not checked. Raises TypeError for a key without hash, MemoryError."},
	{name: "make_function_from_proto_fun", until: 119, decl: "mpy_obj @(const mpy_raw_code *code, mpy_obj defaults, mpy_obj kw_defaults)", doc: "A function object for native code; defaults may be NULL. Use mpy_make_function."},
	{name: "make_function_from_proto_fun", since: 119, decl: "mpy_obj @(const mpy_raw_code *code, const mpy_context *context, const mpy_obj *defaults)", doc: "A function object for native code; defaults may be NULL. Use mpy_make_function."},
	{name: "call_function_n_kw", decl: "mpy_obj @(mpy_obj fun, size_t n_pos_and_kw, const mpy_obj *args)", doc: "Calls anything callable. args has n_pos objects, then n_kw pairs of name (a qstr as object) and value; the count is n_pos | n_kw << 8, each at most 255. Raises TypeError and what the function raises."},
	{name: "call_method_n_kw", decl: "mpy_obj @(size_t n_pos, size_t n_kw, const mpy_obj *args)", doc: "Calls what load_method stored in args[0] and [1]; the arguments are behind it as in call_function_n_kw, and self is not counted."},
	{name: "call_method_n_kw_var", decl: "mpy_obj @(bool have_self, size_t n_pos_and_kw, const mpy_obj *args)", doc: "A call with *args and **kw, as compiled code makes it. Its arguments differ between releases."},
	{name: "getiter", decl: "mpy_obj @(mpy_obj obj, mpy_iter *iter)", doc: "Starts an iteration over an object in an mpy_iter of the caller's; the result is NULL. With iter NULL it is iter(obj). Raises TypeError."},
	{name: "iternext", decl: "mpy_obj @(mpy_iter *iter)", doc: "The next object of an iteration; NULL at its end. Raises what the iterator raises."},
	{name: "nlr_push", decl: "unsigned @(mpy_nlr *buf)", doc: "Begins to catch exceptions. It returns twice like setjmp, so use mpy_try."},
	{name: "nlr_pop", decl: "void @(void)", doc: "Ends what nlr_push began. It must be called in the function that called nlr_push, if nothing was raised."},
	{name: "raise", decl: "void @(mpy_obj exception)", doc: "Raises an exception, given as an instance or a class. Returns only for None and NULL."},
	{name: "import_name", decl: "mpy_obj @(mpy_qstr name, mpy_obj names, mpy_obj level)", doc: "__import__: names is None or a tuple, level a small int, 0 for an absolute import. Raises ImportError."},
	{name: "import_from", decl: "mpy_obj @(mpy_obj module, mpy_qstr name)", doc: "from module import name. Raises ImportError."},
	{name: "import_all", decl: "void @(mpy_obj module)", doc: "from module import *, into the globals."},
	{name: "new_slice", decl: "mpy_obj @(mpy_obj start, mpy_obj stop, mpy_obj step)", doc: "slice(start, stop, step), each an object or None. RuntimeError where the firmware has no slices."},
	{name: "unpack_sequence", decl: "void @(mpy_obj seq, size_t n, mpy_obj *items)", doc: "Stores the n items of an iterable, the last one first. Raises ValueError if it has more or fewer."},
	{name: "unpack_ex", decl: "void @(mpy_obj seq, size_t n, mpy_obj *items)", doc: "a, *b, c = seq: n is the number before the starred one | the number behind it << 8. The last one is stored first."},
	{name: "delete_name", decl: "void @(mpy_qstr name)", doc: "del name among the locals. Raises NameError."},
	{name: "delete_global", decl: "void @(mpy_qstr name)", doc: "del name among the globals. Raises NameError."},
	{name: "new_closure", until: 119, decl: "mpy_obj @(const mpy_raw_code *code, mpy_word n, const mpy_obj *cells)", doc: "A function object over raw code and n cells, as compiled code makes it."},
	{name: "new_closure", since: 119, decl: "mpy_obj @(mpy_obj fun, size_t n, const mpy_obj *cells)", doc: "A function that passes n objects to fun in front of its arguments."},
	{name: "arg_check_num_sig", decl: "void @(size_t n_pos, size_t n_kw, uint32_t sig)", doc: "Checks the number of arguments against MPY_SIG(at least, at most, takes keywords). Raises TypeError."},
	{name: "setup_code_state_native", decl: "void @(void *state, size_t n_pos, size_t n_kw, const mpy_obj *args)", doc: "For machine code that the firmware's compiler made."},
	{name: "small_int_floor_divide", decl: "mpy_int @(mpy_int num, mpy_int denom)", doc: "num // denom as Python has it, of small ints. denom must not be 0."},
	{name: "small_int_modulo", decl: "mpy_int @(mpy_int num, mpy_int denom)", doc: "num % denom as Python has it, of small ints. denom must not be 0."},
	{name: "yield_from", decl: "bool @(mpy_obj gen, mpy_obj send, mpy_obj *value)", doc: "Resumes a generator. *value is an exception to throw or NULL, and becomes what it yields (result true) or returns."},
	{name: "setjmp", decl: "void *@", doc: "The address of setjmp where nlr_push needs it called behind itself, else NULL; mpy_try knows."},
	{name: "memset", decl: "void *@(void *dest, int byte, size_t n)", doc: "As in C; a call of plain memset comes here too."},
	{name: "memmove", decl: "void *@(void *dest, const void *src, size_t n)", doc: "As in C; calls of plain memmove and memcpy come here too."},
	{name: "realloc", decl: "void *@(void *old, size_t n, bool may_move)", doc: "Memory of n bytes on the firmware's heap, not zeroed, at least word-aligned; NULL if there is none. old NULL: new memory, n 0: frees. Memory is owned by nobody: the collector frees it when no word on the heap, on the stack or in the module's variables points at its start."},
	{name: "printf", decl: "int @(const mpy_print *out, const char *format, ...)", doc: "Prints to an mpy_print, such as plat_print. The format is MicroPython's: d u x X p s c % with width and flags; %q a qstr, l a word. Returns the number of bytes."},
	{name: "vprintf", decl: "int @(const mpy_print *out, const char *format, va_list args)", doc: "printf with a list of arguments."},
	{name: "raise_msg", decl: "void @(const mpy_type *type, const char *text)", doc: "Raises an exception of a class with a text. The text is not copied: it must live as long as the exception, like a literal. The pointer is NULL in firmware (since 1.29) that is built without texts of errors."},
	{name: "raise_msg_str", decl: "void @(const mpy_type *type, const char *text)", doc: "CircuitPython's raise_msg: raises an exception of a class with a text, which must live as long as the exception."},
	{name: "obj_get_type", decl: "const mpy_type *@(mpy_obj obj)", doc: "type(obj), also of ints and qstrs, which are no pointers."},
	{name: "obj_new_str", decl: "mpy_obj @(const char *text, size_t n)", doc: "A str with a copy of n bytes of UTF-8. Raises MemoryError, UnicodeError."},
	{name: "obj_new_bytes", decl: "mpy_obj @(const uint8_t *data, size_t n)", doc: "A bytes object with a copy of n bytes. Raises MemoryError."},
	{name: "obj_new_bytearray_by_ref", decl: "mpy_obj @(size_t n, void *data)", doc: "A bytearray over memory of the caller's, which is not copied: it must be on the firmware's heap (realloc) or live for ever."},
	{name: "obj_new_float_from_f", decl: "mpy_obj @(float value)", doc: "A float. RuntimeError where the firmware has no floats. How floats are passed must be as in the firmware (--float-abi)."},
	{name: "obj_new_float_from_d", decl: "mpy_obj @(double value)", doc: "A float, rounded if the firmware's have 32 bits."},
	{name: "obj_get_float_to_f", decl: "float @(mpy_obj obj)", doc: "The value of a float, int or bool. Raises TypeError."},
	{name: "obj_get_float_to_d", decl: "double @(mpy_obj obj)", doc: "The same with 64 bits, of which the firmware may have 32."},
	{name: "load_method_maybe", decl: "void @(mpy_obj obj, mpy_qstr name, mpy_obj *method_and_self)", doc: "load_method that stores NULL twice and raises nothing if there is no such method."},
	{name: "get_buffer_raise", decl: "void @(mpy_obj obj, mpy_buffer *buf, mpy_word flags)", doc: "The memory of an object: str, bytes, bytearray, array, memoryview. It belongs to the object, and is valid while that lives and is not resized. flags is MPY_READ, MPY_WRITE or both; raises TypeError if the object has no such memory. Use mpy_get_buffer."},
	{name: "get_buffer", decl: "bool @(mpy_obj obj, mpy_buffer *buf, mpy_word flags)", doc: "The memory of an object: str, bytes, bytearray, array, memoryview. It belongs to the object, and is valid while that lives and is not resized. flags is MPY_READ, MPY_WRITE or both; if the object has no such memory the result is false, or with MPY_RAISE TypeError is raised. Use mpy_get_buffer."},
	{name: "get_stream_raise", decl: "const mpy_stream *@(mpy_obj obj, int flags)", doc: "The functions behind a stream object. flags: MPY_STREAM_OP_READ 1, WRITE 2, IOCTL 4 must be there. Raises OSError."},
	{name: "assert_native_inited", decl: "void @(mpy_obj obj)", doc: "CircuitPython: raises unless an instance of a subclass has called __init__ of its native base."},
	{name: "arg_parse_all", decl: "void @(size_t n_pos, const mpy_obj *pos, mpy_map *kw, size_t n, const mpy_arg *allowed, mpy_arg_value *values)", doc: "Stores values for n allowed arguments, positional or by keyword. Raises TypeError for what is missing or not known."},
	{name: "arg_parse_all_kw_array", decl: "void @(size_t n_pos, size_t n_kw, const mpy_obj *args, size_t n, const mpy_arg *allowed, mpy_arg_value *values)", doc: "The same with the keywords as pairs behind the positional ones."},
	{name: "binary_get_size", decl: "size_t @(char struct_type, char val_type, size_t *align)", doc: "The size in bytes of a value of struct's type codes ('@' or '<', '>', '!' and then 'b', 'H', ...); its alignment is stored unless align is NULL. Raises ValueError."},
	{name: "binary_get_val_array", decl: "mpy_obj @(char typecode, void *data, size_t index)", doc: "Item index of an array with a type code, as an object."},
	{name: "binary_set_val_array", decl: "void @(char typecode, void *data, size_t index, mpy_obj value)", doc: "Stores an object as item index of an array with a type code. Raises TypeError, OverflowError."},
	{name: "plat_print", decl: "const mpy_print *@", doc: "Where print() writes."},
	{name: "mp_type_type", decl: "const mpy_type *@", doc: "The class type."},
	{name: "mp_type_str", decl: "const mpy_type *@", doc: "The class str."},
	{name: "mp_type_list", decl: "const mpy_type *@", doc: "The class list."},
	{name: "mp_type_dict", decl: "const mpy_type *@", doc: "The class dict."},
	{name: "mp_type_fun_builtin_0", decl: "const mpy_type *@", doc: "The class of functions in C without arguments (MPY_FUN_0)."},
	{name: "mp_type_fun_builtin_1", decl: "const mpy_type *@", doc: "With one argument (MPY_FUN_1)."},
	{name: "mp_type_fun_builtin_2", decl: "const mpy_type *@", doc: "With two (MPY_FUN_2)."},
	{name: "mp_type_fun_builtin_3", decl: "const mpy_type *@", doc: "With three (MPY_FUN_3)."},
	{name: "mp_type_fun_builtin_var", decl: "const mpy_type *@", doc: "With any number of them (MPY_FUN_VAR, MPY_FUN_KW)."},
	{name: "mp_type_Exception", decl: "const mpy_type *@", doc: "The class Exception."},
	{name: "mp_stream_read_obj", decl: "const mpy_fun_var *@", doc: "The method read for classes of streams; it calls the class's mpy_stream."},
	{name: "mp_stream_readinto_obj", decl: "const mpy_fun_var *@", doc: "The method readinto."},
	{name: "mp_stream_unbuffered_readline_obj", decl: "const mpy_fun_var *@", doc: "The method readline."},
	{name: "mp_stream_write_obj", decl: "const mpy_fun_var *@", doc: "The method write."},
}
