// One call of every kind through mpyld.h, in C and in C++.
#include "mpyld.h"

static unsigned calls;
static int weights[2] = {1, 10};

// Ints, of any size, and small ones.
static mpy_obj ints(mpy_obj a, mpy_obj b) {
    mpy_obj list = mp_fun_table.new_list(0, NULL);
    mp_fun_table.list_append(list, mpy_new_int(mpy_get_int(a) - mpy_get_int(b)));
    mp_fun_table.list_append(list, mpy_new_int((mpy_int)((mpy_word)1 << (8 * sizeof(mpy_word) - 1))));
    mp_fun_table.list_append(list, mpy_new_uint(~(mpy_word)0));
    mp_fun_table.list_append(list, MPY_SMALL_INT(-5));
    mp_fun_table.list_append(list, mpy_new_bool(MPY_IS_SMALL_INT(a)));
    mp_fun_table.list_append(list, mp_fun_table.binary_op(MPY_FLOORDIV, a, b));
    mp_fun_table.list_append(list, mp_fun_table.unary_op(MPY_UNARY_NEGATIVE, a));
    mp_fun_table.list_append(list, mpy_new_int(mp_fun_table.small_int_modulo(-7, 3)));
    mp_fun_table.list_append(list, mpy_new_int(mp_fun_table.small_int_floor_divide(-7, 3)));
    return list;
}

static mpy_obj floats(mpy_obj x) {
    mpy_obj pair[2];
    pair[0] = mpy_new_float(mpy_get_float(x)); // without arithmetic, for which some machines need a library
    pair[1] = mp_fun_table.obj_new_float_from_d(mp_fun_table.obj_get_float_to_d(x));
    return mp_fun_table.new_tuple(2, pair);
}

// A str and bytes of the bytes of anything, turned round in place if that is allowed.
static mpy_obj text(mpy_obj o) {
    size_t n;
    const char *s = mpy_get_str(o, &n);
    mpy_obj list = mp_fun_table.new_list(0, NULL);
    mp_fun_table.list_append(list, mp_fun_table.obj_new_str(s, n));
    mp_fun_table.list_append(list, mp_fun_table.obj_new_bytes((const uint8_t *)s, n));
    mp_fun_table.list_append(list, mpy_new_str("literal"));
    mp_fun_table.list_append(list, MP_OBJ_NEW_QSTR(MP_QSTR_interned));
    mp_fun_table.list_append(list, mpy_new_int(mp_fun_table.obj_get_type(o) == mp_fun_table.type_str));
    return list;
}

static mpy_obj turn(mpy_obj o) {
    mpy_buffer b;
    mpy_get_buffer(o, &b, MPY_READ | MPY_WRITE);
    uint8_t *p = (uint8_t *)b.buf;
    for (size_t i = 0, j = b.len; i + 1 < j; i++) {
        uint8_t c = p[i];
        p[i] = p[--j];
        p[j] = c;
    }
    return o;
}

static mpy_obj memory(mpy_obj n_obj) {
    size_t n = (size_t)mpy_get_int(n_obj);
    uint8_t *p = (uint8_t *)mpy_alloc(4);
    p = (uint8_t *)mpy_realloc(p, n);
    mp_fun_table.memset_(p, 'x', n);
    mp_fun_table.memmove_(p + 1, "abc", 3);
    mpy_free(mpy_alloc(10));
    return mp_fun_table.obj_new_bytearray_by_ref(n, p);
}

// Dicts, sets, slices, subscripts, iteration, unpacking.
static mpy_obj collect(mpy_obj items) {
    mpy_obj dict = mp_fun_table.new_dict(2), set = mp_fun_table.new_set(0, NULL), ends[2];
    mpy_iter iter;
    mp_fun_table.getiter(items, &iter);
    mpy_int i = 0;
    for (mpy_obj o; (o = mp_fun_table.iternext(&iter)) != NULL; i++) {
        mp_fun_table.dict_store(dict, MPY_SMALL_INT(i), o);
        mp_fun_table.set_store(set, o);
    }
    mpy_obj tail = mp_fun_table.obj_subscr(items, mp_fun_table.new_slice(MPY_SMALL_INT(1), mpy_none(), mpy_none()), MPY_SENTINEL);
    mp_fun_table.unpack_sequence(tail, 2, ends);
    mpy_obj all[4];
    all[0] = dict;
    all[1] = mpy_len(set);
    all[2] = ends[0];
    all[3] = mp_fun_table.obj_subscr(dict, MPY_SMALL_INT(0), MPY_SENTINEL);
    return mp_fun_table.new_tuple(4, all);
}

static mpy_obj sum(mpy_obj items) {
    size_t n;
    mpy_obj *list;
    mpy_get_array(items, &n, &list);
    mpy_int total = 0;
    for (size_t i = 0; i < n; i++) {
        total += mpy_get_int(list[i]) * weights[i & 1];
    }
    weights[0]++;
    return mpy_new_int(total);
}

// Calls of Python's functions and methods, with keywords.
static mpy_obj apply(size_t n, const mpy_obj *args) {
    mpy_obj pair[3], call[4], method[3];
    pair[0] = mpy_callf(args[0], n - 1, args + 1);
    call[0] = args[1];
    call[1] = MP_OBJ_NEW_QSTR(MP_QSTR_key);
    call[2] = MPY_SMALL_INT(7);
    pair[1] = mp_fun_table.call_function_n_kw(args[0], 1 | 1 << 8, call);
    mpy_obj list = mp_fun_table.new_list(2, pair);
    mp_fun_table.load_method(list, MP_QSTR_append, method);
    method[2] = mp_fun_table.load_attr(args[0], MP_QSTR___name__);
    mp_fun_table.call_method_n_kw(1, 0, method);
    return list;
}

static mpy_obj keywords(size_t n, const mpy_obj *args, mpy_map *kw) {
#if MPYLD_TARGET >= 123
    mpy_arg allowed[2] = {{MP_QSTR_a, MPY_ARG_REQUIRED | MPY_ARG_INT, {false}}, {MP_QSTR_key, MPY_ARG_OBJ, {false}}};
    allowed[1].defval.u_obj = mpy_none();
    mpy_arg_value values[2];
    mp_fun_table.arg_parse_all(n, args, kw, 2, allowed, values);
    mpy_obj pair[2];
    pair[0] = mpy_new_int(values[0].u_int + 1);
    pair[1] = values[1].u_obj;
    return mp_fun_table.new_tuple(2, pair);
#else
    mpy_obj pair[2];
    pair[0] = mpy_new_int(mpy_get_int(args[0]) + (mpy_int)n);
    pair[1] = kw->used ? kw->table[0].value : mpy_none();
    return mp_fun_table.new_tuple(2, pair);
#endif
}

// Exceptions: raised, caught, and not caught.
static mpy_obj fail(mpy_obj what) {
    mpy_int n = mpy_get_int(what);
    if (n == 0) {
        mpy_raise(MPY_Q_ValueError, "a text");
    } else if (n == 1) {
        mpy_raise_os_error(2);
    } else if (n == 2) {
        mpy_raise_obj(mp_fun_table.load_global(MPY_Q_KeyError));
    } else if (n == 3) {
        return mp_fun_table.load_global(MP_QSTR_nobody);
    } else if (n == 4) {
        return mp_fun_table.binary_op(MPY_FLOORDIV, MPY_SMALL_INT(1), MPY_SMALL_INT(0));
    }
    return mp_fun_table.unary_op(MPY_UNARY_INVERT, what);
}

static mpy_obj failing(void *what) {
    calls++;
    return fail((mpy_obj)what);
}

static mpy_obj caught(mpy_obj what) {
    mpy_obj out[3], result;
    calls = 10;
    bool good = mpy_try(failing, what, &result);
    out[0] = mpy_new_bool(good);
    out[1] = good ? result : (mpy_obj)mp_fun_table.obj_get_type(result);
    out[2] = mpy_new_int((mpy_int)calls + (!good && mpy_is_exception(result, MPY_Q_ValueError) ? 100 : 0));
    return mp_fun_table.new_tuple(3, out);
}

static mpy_obj nested_try(void *arg) {
    mpy_obj inner;
    bool good = mpy_try(failing, arg, &inner);
    if (!good) {
        mpy_raise_obj(inner); // goes to the outer one
    }
    return inner;
}

static mpy_obj twice(mpy_obj what) {
    mpy_obj result;
    return mpy_new_int(mpy_try(nested_try, what, &result) ? 1 : mpy_is_exception(result, MPY_Q_OSError) ? 2 : 3);
}

// A class: made, printed, called, added, iterated, with attributes and a buffer.
typedef struct {
    mpy_base base;
    mpy_int n;
} counter;
static mpy_class counter_type;

static mpy_obj counter_new(const mpy_type *type, size_t n_args, size_t n_kw, const mpy_obj *args) {
    mp_fun_table.arg_check_num_sig(n_args, n_kw, MPY_SIG(1, 1, false));
    counter *c = (counter *)mpy_new_obj(sizeof(counter), type);
    c->n = mpy_get_int(args[0]);
    return c;
}

static void counter_print(const mpy_print *out, mpy_obj self, int kind) {
    mp_fun_table.printf_(out, "counter(%d)%s", (int)((counter *)self)->n, kind == 0 ? "!" : "");
}

static mpy_obj counter_call(mpy_obj self, size_t n_args, size_t n_kw, const mpy_obj *args) {
    (void)n_kw;
    (void)args;
    return mpy_new_int(((counter *)self)->n * (mpy_int)n_args);
}

static mpy_obj counter_binary(int op, mpy_obj self, mpy_obj right) {
    if (op != MPY_ADD) {
        return NULL;
    }
    mpy_obj n = mpy_new_int(((counter *)self)->n + mpy_get_int(right));
    return counter_new((const mpy_type *)&counter_type, 1, 0, &n);
}

static void counter_attr(mpy_obj self, mpy_qstr name, mpy_obj *dest) {
    counter *c = (counter *)self;
    if (name != MP_QSTR_n) {
        dest[1] = dest[0] == NULL ? MPY_SENTINEL : dest[1];
    } else if (dest[0] == NULL) {
        dest[0] = mpy_new_int(c->n);
    } else if (dest[1] != NULL) {
        c->n = mpy_get_int(dest[1]);
        dest[0] = NULL;
    }
}

static mpy_obj counter_next(mpy_obj self) {
    counter *c = (counter *)self;
    return c->n > 0 ? mpy_new_int(--c->n) : NULL;
}

static mpy_obj counter_double(mpy_obj self) { return mpy_new_int(((counter *)self)->n * 2); }
static MPY_FUN_1(counter_double_obj, counter_double);
static mpy_map_item counter_items[1];
static MPY_DICT(counter_dict, counter_items);

// A function with the calling convention of mpy_init.
static mpy_obj native(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    mpy_obj pair[2];
    pair[0] = mp_fun_table.new_list(n_args, args);
    pair[1] = mpy_new_int((mpy_int)n_kw + (MPY_GLOBALS != NULL));
    return mp_fun_table.new_tuple(2, pair);
}

static mpy_obj import_pi(void) {
    mpy_obj module = mp_fun_table.import_name(MP_QSTR_sys, mpy_none(), MPY_SMALL_INT(0));
    return mp_fun_table.load_attr(module, MP_QSTR_byteorder);
}

static MPY_FUN_0(import_pi_obj, import_pi);
static MPY_FUN_1(floats_obj, floats);
static MPY_FUN_1(text_obj, text);
static MPY_FUN_1(turn_obj, turn);
static MPY_FUN_1(memory_obj, memory);
static MPY_FUN_1(collect_obj, collect);
static MPY_FUN_1(sum_obj, sum);
static MPY_FUN_1(fail_obj, fail);
static MPY_FUN_1(caught_obj, caught);
static MPY_FUN_1(twice_obj, twice);
static MPY_FUN_2(ints_obj, ints);
static MPY_FUN_VAR(apply_obj, 2, apply);
static MPY_FUN_KW(keywords_obj, 1, keywords);
static mpy_obj three(mpy_obj a, mpy_obj b, mpy_obj c) {
    mpy_obj all[3];
    all[0] = c;
    all[1] = b;
    all[2] = a;
    return mp_fun_table.new_list(3, all);
}
static MPY_FUN_3(three_obj, three);
static mpy_obj some(size_t n, const mpy_obj *args) { return n == 1 ? args[0] : args[1]; }
static MPY_FUN_BETWEEN(some_obj, 1, 2, some);

mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_ints, &ints_obj);
    MPY_STORE(MP_QSTR_floats, &floats_obj);
    MPY_STORE(MP_QSTR_text, &text_obj);
    MPY_STORE(MP_QSTR_turn, &turn_obj);
    MPY_STORE(MP_QSTR_memory, &memory_obj);
    MPY_STORE(MP_QSTR_collect, &collect_obj);
    MPY_STORE(MP_QSTR_sum, &sum_obj);
    MPY_STORE(MP_QSTR_apply, &apply_obj);
    MPY_STORE(MP_QSTR_keywords, &keywords_obj);
    MPY_STORE(MP_QSTR_fail, &fail_obj);
    MPY_STORE(MP_QSTR_caught, &caught_obj);
    MPY_STORE(MP_QSTR_twice, &twice_obj);
    MPY_STORE(MP_QSTR_three, &three_obj);
    MPY_STORE(MP_QSTR_some, &some_obj);
    MPY_STORE(MP_QSTR_import_pi, &import_pi_obj);
    MPY_STORE(MP_QSTR_native, MPY_MAKE_FUNCTION(native));

    counter_type.base.type = mp_fun_table.type_type;
    counter_type.name = (uint16_t)MP_QSTR_counter;
    MPY_TYPE_SET(&counter_type, make_new, counter_new, 0);
    MPY_TYPE_SET(&counter_type, print, counter_print, 1);
    MPY_TYPE_SET(&counter_type, call, counter_call, 2);
    MPY_TYPE_SET(&counter_type, binary_op, counter_binary, 3);
    MPY_TYPE_SET(&counter_type, attr, counter_attr, 4);
    MPY_TYPE_SET_ITERNEXT(&counter_type, counter_next, 5);
    counter_items[0].key = MP_OBJ_NEW_QSTR(MP_QSTR_double);
    counter_items[0].value = (mpy_obj)&counter_double_obj;
    MPY_TYPE_SET(&counter_type, locals_dict, &counter_dict, 6);
    MPY_STORE(MP_QSTR_counter, &counter_type);
    MPY_INIT_EXIT
}
