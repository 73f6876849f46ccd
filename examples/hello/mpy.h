// mpy.h: what a native module can know of MicroPython, for the test modules
// here. It has the layouts and the calls but none of MicroPython's headers, so
// the modules build without a checkout of it.
//
// MPY_ABI says for which releases:
//   5      MicroPython 1.12 to 1.18
//   60     1.19 and 1.20: version 6, qstr objects in a table
//   61     1.21: they come from a call
//   62     1.22: get_buffer may fail without raising
//   63     1.23 and later: mp_fun_table has more functions (the default)
//   163    CircuitPython 9.2 and later
//
// Objects are tagged words (MICROPY_OBJ_REPR_A): bit 0 set is an integer, bits
// 10 a qstr, bits 00 a pointer.

#ifndef MPY_H
#define MPY_H

#ifndef MPY_ABI
#define MPY_ABI 63
#endif

#include "config.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef intptr_t mpy_int; // a word
typedef uintptr_t mpy_word;
typedef void *mpy_obj;
typedef size_t mpy_qstr;

typedef struct mpy_type mpy_type;
typedef struct mpy_dict mpy_dict;
typedef struct mpy_print mpy_print;
typedef struct mpy_stream mpy_stream;

// The module a function belongs to: an object whose attributes are globals.
typedef struct {
    const mpy_type *type;
    mpy_dict *globals;
} mpy_module;

// A function written in native code, which is what mpy_init gets as self.
#if MPY_ABI == 5
typedef struct {
    const mpy_type *type;
    mpy_dict *globals;
    const void *code;
    const mpy_word *constants; // mp_fun_table, rodata, bss
} mpy_self;
#define MPY_GLOBALS self->globals
#else
typedef struct {
    const mpy_type *type;
    const mpy_module *context;
    void *children;
    const void *code;
} mpy_self;
#define MPY_GLOBALS self->context->globals
#endif

// From which the firmware makes such a function.
#if MPY_ABI < 63
typedef struct {
    mpy_word kind; // 4: native code with the viper calling convention
    const void *code;
    const void *constants; // of MPY_ABI 5
    mpy_word more[6];      // what firmware has there depends on its configuration
} mpy_raw_code;
#else
typedef struct {
    uint8_t is_raw_code[2]; // zeros
    uint8_t kind;           // 4: native code with the viper calling convention
    bool is_generator;
    const void *code;
    void *children;
    uint32_t code_len;
    uint16_t n_children;
    uint16_t prelude;
} mpy_raw_code;
#endif

typedef struct {
    void *buf;
    size_t len;
    int typecode;
} mpy_buffer;

typedef struct {
    const mpy_type *type;
    size_t alloc, len;
    mpy_obj *items;
} mpy_list;

enum { MPY_OBJ, MPY_BOOL, MPY_INT, MPY_UINT, MPY_QSTR = 8 }; // kinds of native values
#if MPY_ABI < 62
enum { MPY_READ = 1, MPY_WRITE = 2, MPY_RAISE = 0 }; // of get_buffer, which always raises
#else
enum { MPY_READ = 1, MPY_WRITE = 2, MPY_RAISE = 4 }; // of get_buffer
#endif
enum { MPY_LESS = 0, MPY_ADD = 27, MPY_SUB, MPY_MUL };       // of binary_op

// mp_fun_table: one word a slot.
typedef struct {
    mpy_obj none, false_, true_; // 0
    mpy_word (*from_obj)(mpy_obj, mpy_word kind);
    mpy_obj (*to_obj)(mpy_word, mpy_word kind);
    mpy_dict *(*swap_globals)(mpy_dict *);
    mpy_obj (*load_name)(mpy_qstr);
    mpy_obj (*load_global)(mpy_qstr);
    mpy_obj (*load_build_class)(void);
    mpy_obj (*load_attr)(mpy_obj, mpy_qstr);
    void (*load_method)(mpy_obj, mpy_qstr, mpy_obj *method_and_self); // 10
    void (*load_super_method)(mpy_qstr, mpy_obj *);
    void (*store_name)(mpy_qstr, mpy_obj);
    void (*store_global)(mpy_qstr, mpy_obj);
    void (*store_attr)(mpy_obj, mpy_qstr, mpy_obj);
    mpy_obj (*subscr)(mpy_obj, mpy_obj index, mpy_obj value);
    bool (*is_true)(mpy_obj);
    mpy_obj (*unary_op)(int, mpy_obj);
    mpy_obj (*binary_op)(int, mpy_obj, mpy_obj);
    mpy_obj (*new_tuple)(size_t, const mpy_obj *);
    mpy_obj (*new_list)(size_t, mpy_obj *); // 20
    mpy_obj (*new_dict)(size_t);
    mpy_obj (*new_set)(size_t, mpy_obj *);
    void (*set_store)(mpy_obj, mpy_obj);
    mpy_obj (*list_append)(mpy_obj, mpy_obj);
    mpy_obj (*dict_store)(mpy_obj, mpy_obj key, mpy_obj value);
#if MPY_ABI == 5
    mpy_obj (*make_function)(const mpy_raw_code *, mpy_obj defaults, mpy_obj kw_defaults);
#else
    mpy_obj (*make_function)(const mpy_raw_code *, const mpy_module *, const mpy_obj *defaults);
#endif
    mpy_obj (*call)(mpy_obj, size_t n_pos_and_kw, const mpy_obj *);
    mpy_obj (*call_method)(size_t n_pos, size_t n_kw, const mpy_obj *);
    mpy_obj (*call_method_var)(bool, size_t, const mpy_obj *);
    mpy_obj (*getiter)(mpy_obj, void *buf); // 30
    mpy_obj (*iternext)(void *buf);
    unsigned (*nlr_push)(void *);
    void (*nlr_pop)(void);
    void (*raise)(mpy_obj);
    mpy_obj (*import_name)(mpy_qstr, mpy_obj from, mpy_obj level);
    mpy_obj (*import_from)(mpy_obj, mpy_qstr);
    void (*import_all)(mpy_obj);
    mpy_obj (*new_slice)(mpy_obj, mpy_obj, mpy_obj);
    void (*unpack_sequence)(mpy_obj, size_t, mpy_obj *);
    void (*unpack_ex)(mpy_obj, size_t, mpy_obj *); // 40
    void (*delete_name)(mpy_qstr);
    void (*delete_global)(mpy_qstr);
    mpy_obj (*new_closure)(mpy_obj, size_t, const mpy_obj *);
    void (*arg_check_num)(size_t, size_t, uint32_t);
    void (*setup_code_state)(void *, size_t, size_t, const mpy_obj *);
    mpy_int (*floor_divide)(mpy_int, mpy_int);
    mpy_int (*modulo)(mpy_int, mpy_int);
    bool (*yield_from)(mpy_obj, mpy_obj, mpy_obj *);
    void *setjmp_;
    void *(*memset_)(void *, int, size_t); // 50
    void *(*memmove_)(void *, const void *, size_t);
    void *(*realloc_)(void *, size_t, bool may_move);
    int (*printf_)(const mpy_print *, const char *, ...);
    int (*vprintf_)(const mpy_print *, const char *, va_list);
    void (*raise_msg)(const mpy_type *, const char *);
    const mpy_type *(*get_type)(mpy_obj);
    mpy_obj (*new_str)(const char *, size_t);
    mpy_obj (*new_bytes)(const uint8_t *, size_t);
    mpy_obj (*new_bytearray_by_ref)(size_t, void *);
    mpy_obj (*float_from_f)(float); // 60
    mpy_obj (*float_from_d)(double);
    float (*float_to_f)(mpy_obj);
    double (*float_to_d)(mpy_obj);
#if MPY_ABI >= 63
    void (*load_method_maybe)(mpy_obj, mpy_qstr, mpy_obj *);
#endif
    bool (*get_buffer)(mpy_obj, mpy_buffer *, mpy_word flags); // no result before MPY_ABI 62
    const mpy_stream *(*get_stream)(mpy_obj, int);
#if MPY_ABI >= 163
    void (*assert_native_inited)(mpy_obj);
#endif
#if MPY_ABI >= 63
    void (*arg_parse_all)(size_t, const mpy_obj *, void *, size_t, const void *, void *);
    void (*arg_parse_all_kw_array)(size_t, size_t, const mpy_obj *, size_t, const void *, void *);
    size_t (*binary_get_size)(char, char, size_t *);
    mpy_obj (*binary_get)(char, void *, size_t); // 70
    void (*binary_set)(char, void *, size_t, mpy_obj);
#endif
    const mpy_print *plat_print;
    const mpy_type *type_type, *type_str, *type_list, *type_dict;
    const mpy_type *type_fun_builtin_0, *type_fun_builtin_1, *type_fun_builtin_2; // 77, 78, 79
    const mpy_type *type_fun_builtin_3, *type_fun_builtin_var;                    // 80, 81
#if MPY_ABI >= 63
    const mpy_type *type_Exception; // 82
#endif
    const void *stream_read_obj, *stream_readinto_obj;
    const void *stream_unbuffered_readline_obj, *stream_write_obj; // 86
} mpy_fun_table;

#if MPY_ABI < 63
#define MPY_SLOTS 80
#elif MPY_ABI == 63
#define MPY_SLOTS 87
#else
#define MPY_SLOTS 88
#endif
#ifdef __cplusplus
static_assert(sizeof(mpy_fun_table) == MPY_SLOTS * sizeof(void *), "mp_fun_table has other slots");
#else
_Static_assert(sizeof(mpy_fun_table) == MPY_SLOTS * sizeof(void *), "mp_fun_table has other slots");
#endif

extern const mpy_fun_table mp_fun_table;

// What the linker resolves to a slot's value when it is used in a constant.
extern const mpy_type mp_type_type, mp_type_str, mp_type_list, mp_type_dict;
extern const mpy_type mp_type_fun_builtin_0, mp_type_fun_builtin_1, mp_type_fun_builtin_2;
extern const mpy_type mp_type_fun_builtin_3, mp_type_fun_builtin_var, mp_type_Exception;
extern const char mp_stream_read_obj[], mp_stream_readinto_obj[];
extern const char mp_stream_unbuffered_readline_obj[], mp_stream_write_obj[];

// Constant function objects: MPY_FUN_1(obj, f) is callable from Python as
// f(a), with f a C function of one mpy_obj.
typedef struct {
    const mpy_type *type;
    const void *fun;
} mpy_fun;
typedef struct {
    const mpy_type *type;
    uint32_t sig; // at least << 17 | at most << 1 | takes keywords
    const void *fun;
} mpy_fun_var;
#define MPY_FUN_0(obj, f) const mpy_fun obj = {&mp_type_fun_builtin_0, (const void *)(f)}
#define MPY_FUN_1(obj, f) const mpy_fun obj = {&mp_type_fun_builtin_1, (const void *)(f)}
#define MPY_FUN_2(obj, f) const mpy_fun obj = {&mp_type_fun_builtin_2, (const void *)(f)}
#define MPY_FUN_3(obj, f) const mpy_fun obj = {&mp_type_fun_builtin_3, (const void *)(f)}
#define MPY_FUN_VAR(obj, min, f) const mpy_fun_var obj = {&mp_type_fun_builtin_var, (min) << 17 | 0xffff << 1, (const void *)(f)}

// The module's entry point, between MPY_INIT_ENTRY and MPY_INIT_EXIT.
mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args);
#define MPY_INIT_ENTRY \
    mpy_dict *mpy_old_globals = mp_fun_table.swap_globals(MPY_GLOBALS);
#define MPY_INIT_EXIT \
    mp_fun_table.swap_globals(mpy_old_globals); \
    return mp_fun_table.none;
// Makes a function of f(self, n_args, n_kw, args) inside mpy_init.
#define MPY_MAKE_FUNCTION(f) mpy_make_function(self, f)

static inline mpy_obj mpy_make_function(const mpy_self *self, const void *f) {
    // volatile: a plain constant would be copied by a call of memcpy.
    volatile mpy_raw_code rc;
#if MPY_ABI < 63
    rc.kind = 4;
    rc.code = f;
    rc.constants = NULL;
    for (int i = 0; i < 6; i++) {
        rc.more[i] = 0;
    }
#else
    rc.is_raw_code[0] = rc.is_raw_code[1] = 0;
    rc.kind = 4;
    rc.is_generator = false;
    rc.code = f;
    rc.children = NULL;
#endif
#if MPY_ABI == 5
    rc.constants = self->constants;
    return mp_fun_table.make_function((const mpy_raw_code *)&rc, NULL, NULL);
#else
    return mp_fun_table.make_function((const mpy_raw_code *)&rc, self->context, NULL);
#endif
}

#define MPY_SMALL_INT(i) ((mpy_obj)((mpy_word)(i) << 1 | 1))
#define MPY_SMALL_INT_VALUE(obj) ((mpy_int)(obj) >> 1)
#define MPY_STORE(name, obj) mp_fun_table.store_global(name, (mpy_obj)(obj)) // name: MP_QSTR_x

static inline mpy_obj mpy_new_int(mpy_int i) { return mp_fun_table.to_obj(i, MPY_INT); }
static inline mpy_obj mpy_new_uint(mpy_word i) { return mp_fun_table.to_obj(i, MPY_UINT); }
// A qstr as an object: MP_OBJ_NEW_QSTR(MP_QSTR_x), literally so before MPY_ABI 61.
#if MPY_ABI < 61
typedef mpy_obj mp_obj_t;
#define MP_OBJ_NEW_QSTR(x) MP_OBJ_NEW_QSTR_##x
#else
static inline mpy_obj mpy_new_qstr(mpy_qstr q) { return mp_fun_table.to_obj(q, MPY_QSTR); }
#define MP_OBJ_NEW_QSTR(x) mpy_new_qstr(x)
#endif
static inline mpy_int mpy_get_int(mpy_obj o) { return mp_fun_table.from_obj(o, MPY_INT); }

static inline mpy_obj mpy_new_str(const char *s) {
    size_t n = 0;
    for (const volatile char *p = s; *p; p++) { // volatile: not to become a call of strlen
        n++;
    }
    return mp_fun_table.new_str(s, n);
}

#ifdef __cplusplus
}
#endif

#endif
