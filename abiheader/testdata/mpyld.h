// mpyld.h: what a native module can know of MicroPython. Written by mpyld header;
// needs no other header of MicroPython's. C99 or later, C++11 or later, gcc and clang.
//
// MPYLD_TARGET says whom the module is for: 124 for MicroPython 1.24, 11002 for
// CircuitPython 10.2. mpyld build sets it. What is compiled for a release works on
// those with the same ABI (mpyld targets): 112 to 118, 119, 120 and 121 (121 alone if it is
// compiled for 121), 122, 123 and later; CircuitPython 10902 and later.
//
// Names: mpy_... and MPY_... are this header's own. Below them are aliases under the
// names of MicroPython's py/dynruntime.h; -DMPYLD_NO_ALIASES leaves them out.
//
// A module with one function, answer():
//
//     #include "mpyld.h"
//     static mpy_obj answer(void) { return mpy_new_int(42); }
//     static MPY_FUN_0(answer_obj, answer);
//     mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
//         MPY_INIT_ENTRY
//         MPY_STORE(MP_QSTR_answer, &answer_obj);
//         MPY_INIT_EXIT
//     }
//
// Conventions of this file. "Raises" means that a call does not come back: the firmware
// unwinds to the innermost mpy_try, or to the try statement around the call of the module,
// and nothing of the C functions between runs. Sizes are in bytes unless they count
// objects. An object is owned by nobody: the collector frees it when no word on the stack,
// on the firmware's heap or in the module's variables points at its start. So a pointer
// into the middle of one does not keep it, and one in memory from a C library's own heap
// neither.

#ifndef MPYLD_H
#define MPYLD_H

#ifndef MPYLD_TARGET
#define MPYLD_TARGET 130 // MicroPython 1.30-preview
#endif
#if MPYLD_TARGET < 112 || MPYLD_TARGET > 999 && MPYLD_TARGET < 10902
#error "MPYLD_TARGET is 112 for MicroPython 1.12 and so on, 10902 for CircuitPython 9.2"
#endif

// The config header that mpyld --preprocess makes: it defines each MP_QSTR_name in the
// module's sources. Without MP_CONFIGFILE the source includes it itself.
#ifdef MP_CONFIGFILE
#include MP_CONFIGFILE
#endif
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#define MPY_SAME_TYPE(type, f) static_cast<type>(f) // an error if f is something else
#else
#define MPY_SAME_TYPE(type, f) (1 ? (f) : (type)0) // a warning
#endif
#define MPY_NORETURN __attribute__((noreturn))
#define MPY_NOINLINE __attribute__((noinline))

////////////////////////////////////////////////////////////////////////////////
// Words, objects and names

typedef intptr_t mpy_int; // a word, signed: what an int of a module can hold
typedef uintptr_t mpy_word;

// An object of Python: a tagged word. Bit 0 set: an int (mpy_int shifted left by one). Bits 10:
// a qstr. Bits 00: a pointer to a struct that starts with an mpy_base. NULL is no object.
typedef void *mpy_obj;

// The number of an interned name: MP_QSTR_name.
typedef size_t mpy_qstr;

typedef struct mpy_type mpy_type;
typedef struct mpy_dict mpy_dict;

// What every object behind a pointer starts with.
typedef struct {
    const mpy_type *type;
} mpy_base;

#define MPY_SENTINEL ((mpy_obj)(4)) // "no value" where NULL has a meaning

// Integers up to a word less one bit are in the object itself.
#define MPY_SMALL_INT(i) ((mpy_obj)((mpy_word)(i) << 1 | 1))
#define MPY_SMALL_INT_VALUE(obj) ((mpy_int)(obj) >> 1)
#define MPY_IS_SMALL_INT(obj) (((mpy_word)(obj) & 1) != 0)
#define MPY_IS_QSTR(obj) (((mpy_word)(obj) & 3) == 2)
#define MPY_IS_POINTER(obj) ((obj) != NULL && ((mpy_word)(obj) & 3) == 0)

// Kinds of C values, for native_from_obj and native_to_obj.
enum { MPY_KIND_OBJ, MPY_KIND_BOOL, MPY_KIND_INT, MPY_KIND_UINT, MPY_KIND_PTR, MPY_KIND_QSTR = 8 };

// Qstrs with the same number in every release.
#define MPY_Q_bytearray 64
#define MPY_Q_bytes 66
#define MPY_Q_int 94
#define MPY_Q_len 107
#define MPY_Q_tuple 157
#define MPY_Q_ArithmeticError 30
#define MPY_Q_AttributeError 32
#define MPY_Q_EOFError 34
#define MPY_Q_Exception 36
#define MPY_Q_IndexError 40
#define MPY_Q_KeyError 41
#define MPY_Q_MemoryError 44
#define MPY_Q_NotImplementedError 47
#define MPY_Q_OSError 48
#define MPY_Q_OverflowError 49
#define MPY_Q_RuntimeError 50
#define MPY_Q_StopIteration 51
#define MPY_Q_TypeError 54
#define MPY_Q_ValueError 55
#define MPY_Q_ZeroDivisionError 56

////////////////////////////////////////////////////////////////////////////////
// Layouts

// The dict of a class or module. Only the firmware changes one; a fixed one of a class is made by
// MPY_DICT.
typedef struct {
    mpy_obj key, value;
} mpy_map_item;

typedef struct {
    __extension__ size_t all_keys_are_qstrs : 1;
    __extension__ size_t is_fixed : 1;
    __extension__ size_t is_ordered : 1;
    __extension__ size_t used : 8 * sizeof(size_t) - 3; // items; of one that is not ordered, among NULLs
    size_t alloc;                                       // room in the table
    mpy_map_item *table;
} mpy_map;

struct mpy_dict {
    mpy_base base;
    mpy_map map;
};

typedef struct {
    mpy_base base;
    size_t alloc, len; // in objects
    mpy_obj *items;
} mpy_list;

typedef struct {
    mpy_base base;
    size_t len;
    mpy_obj items[1]; // len of them
} mpy_tuple;

typedef struct {
    mpy_base base;
    mpy_word hash; // 0: not computed yet
    size_t len;
    const uint8_t *data; // with a 0 behind it
} mpy_str;

// The memory of an object (mpy_get_buffer).
typedef struct {
    void *buf; // may be NULL if len is 0
    size_t len;
    int typecode; // of array.array: 'B', 'h', ...
} mpy_buffer;

// An iteration (mp_fun_table.getiter).
typedef struct {
    mpy_base base;
    mpy_obj more[3];
} mpy_iter;

// Where text goes: plat_print, or one of the module's own.
typedef struct {
    void *data;
    void (*print_strn)(void *data, const char *text, size_t n);
} mpy_print;

// An argument of a function with keywords (arg_parse_all) and the value it got.
typedef union {
    bool u_bool;
    mpy_int u_int;
    mpy_obj u_obj;
    const void *u_rom_obj;
} mpy_arg_value;

typedef struct {
    uint16_t qst;           // MP_QSTR_name
    uint16_t flags;         // MPY_ARG_
    mpy_arg_value defval;   // if it is not required
} mpy_arg;

enum { MPY_ARG_BOOL = 1, MPY_ARG_INT = 2, MPY_ARG_OBJ = 3, MPY_ARG_REQUIRED = 0x100, MPY_ARG_KW_ONLY = 0x200 };

// The functions of a class of streams, its slot "protocol". They return the number of bytes, or
// MPY_STREAM_ERROR with an errno in *error.
typedef struct {
    mpy_word (*read)(mpy_obj self, void *buf, mpy_word size, int *error);
    mpy_word (*write)(mpy_obj self, const void *buf, mpy_word size, int *error);
    mpy_word (*ioctl)(mpy_obj self, mpy_word request, uintptr_t arg, int *error);
    __extension__ mpy_word is_text : 1; // else bytes
} mpy_stream;
#define MPY_STREAM_ERROR ((mpy_word)-1)

// The module a function belongs to: an object whose attributes are its globals.
typedef struct {
    mpy_base base;
    mpy_dict *globals;
} mpy_module;

typedef struct {
    mpy_module module;
    const void *more; // the firmware's
} mpy_context;

// What mpy_init gets as self: itself, as a function object.
#if MPYLD_TARGET < 119
typedef struct {
    mpy_base base;
    mpy_dict *globals;
    const void *bytecode;       // the code
    const mpy_word *const_table; // mp_fun_table, rodata, bss
} mpy_self;
#define MPY_GLOBALS self->globals
#else
typedef struct {
    mpy_base base;
    const mpy_context *context;
    void *children;
    const void *bytecode; // the code
} mpy_self;
#define MPY_GLOBALS self->context->module.globals
#endif

// Native code from which the firmware makes a function (mpy_make_function).
#if MPYLD_TARGET < 123
typedef struct {
    mpy_word kind; // 4: native code that is called like mpy_init
    const void *fun_data;
    const void *const_table; // before 1.19
    mpy_word more[6];        // differs with the firmware's configuration
} mpy_raw_code;
#else
typedef struct {
    uint8_t proto_fun_indicator[2]; // zeros
    uint8_t kind;                   // 4: native code that is called like mpy_init
    bool is_generator;
    const void *fun_data;
    void *children;
    uint32_t fun_data_len;
    uint16_t n_children;
    uint16_t prelude_offset;
} mpy_raw_code;
#endif

// What an exception needs to find its way back (mpy_try): two words, then the registers of the machine
// or a jmp_buf, for which there is room enough here, whatever the firmware uses.
typedef struct {
    void *prev;
    void *ret_val; // the exception
    uint64_t regs[32];
} mpy_nlr;

// Functions in C as objects. Static and constant, made by MPY_FUN_.
typedef mpy_obj (*mpy_fun_0)(void);
typedef mpy_obj (*mpy_fun_1)(mpy_obj);
typedef mpy_obj (*mpy_fun_2)(mpy_obj, mpy_obj);
typedef mpy_obj (*mpy_fun_3)(mpy_obj, mpy_obj, mpy_obj);
typedef mpy_obj (*mpy_fun_n)(size_t n, const mpy_obj *args);
typedef mpy_obj (*mpy_fun_kw)(size_t n, const mpy_obj *args, mpy_map *kw);
typedef void (*mpy_code)(void); // any of them

typedef struct {
    mpy_base base;
    mpy_code fun;
} mpy_fun;

typedef struct {
    mpy_base base;
    uint32_t sig; // MPY_SIG
    mpy_code fun;
} mpy_fun_var;

////////////////////////////////////////////////////////////////////////////////
// Classes
//
// A class that is written in C is a variable of the type mpy_class, filled in by mpy_init: its base.type
// is &mp_type_type, its name a qstr, and MPY_TYPE_SET gives it what it can do.

typedef mpy_obj (*mpy_make_new)(const mpy_type *type, size_t n_args, size_t n_kw, const mpy_obj *args);
typedef void (*mpy_print_obj)(const mpy_print *out, mpy_obj self, int kind); // kind 0: str(), 1: repr()
typedef mpy_obj (*mpy_call)(mpy_obj self, size_t n_args, size_t n_kw, const mpy_obj *args);
typedef mpy_obj (*mpy_unary)(int op, mpy_obj self);                          // MPY_UNARY_; NULL: cannot do it
typedef mpy_obj (*mpy_binary)(int op, mpy_obj self, mpy_obj right);          // MPY_BINARY_; NULL: cannot do it
// Attributes. dest[0] is NULL to load one: store it in dest[0], or a method in dest[0] and self in
// dest[1], or MPY_SENTINEL in dest[1] to go on with the class's dict (since 1.18; before, a class has one or
// the other). Else dest[0] is MPY_SENTINEL, and dest[1] the value to store, or NULL to delete: store NULL in
// dest[0] when it is done.
typedef void (*mpy_attr)(mpy_obj self, mpy_qstr name, mpy_obj *dest);
typedef mpy_obj (*mpy_subscr)(mpy_obj self, mpy_obj index, mpy_obj value);    // as mp_fun_table.obj_subscr
typedef mpy_obj (*mpy_getiter)(mpy_obj self, mpy_iter *iter);
typedef mpy_obj (*mpy_iternext)(mpy_obj self);                                // NULL: the end
typedef mpy_int (*mpy_get_buffer_of)(mpy_obj self, mpy_buffer *buf, mpy_word flags); // 0: done

// Both, for a class with MPY_TYPE_ITER_IS_CUSTOM.
typedef struct {
    mpy_getiter getiter;
    mpy_iternext iternext;
} mpy_getiter_iternext;

#define MPY_TYPE_NONE 0
#define MPY_TYPE_EQ_NOT_REFLEXIVE 0x0004     // a == a may be false
#define MPY_TYPE_EQ_CHECKS_OTHER_TYPE 0x0008 // may equal objects of other classes
#define MPY_TYPE_EQ_HAS_NEQ_TEST 0x0010      // binary_op knows !=
#define MPY_TYPE_BINDS_SELF 0x0020           // as a method it gets self
#define MPY_TYPE_BUILTIN_FUN 0x0040
#if MPYLD_TARGET < 120
struct mpy_type {
    mpy_base base; // type: &mp_type_type
    uint16_t flags;
    uint16_t name;
    mpy_print_obj print;
    mpy_make_new make_new;
    mpy_call call;
    mpy_unary unary_op;
    mpy_binary binary_op;
    mpy_attr attr;
    mpy_subscr subscr;
    mpy_getiter getiter;
    mpy_iternext iternext;
    struct {
        mpy_get_buffer_of get_buffer;
    } buffer_p;
    const void *protocol; // mpy_stream and the like
    const void *parent;   // a class, or a tuple of classes; NULL: object
    mpy_dict *locals_dict;
};
typedef mpy_type mpy_class;

// MPY_TYPE_SET(type, slot, value, index) with the same arguments as below.
#define MPY_TYPE_SET(t, slot, value, index) MPY_TYPE_SET_##slot(t, value)
#define MPY_TYPE_SET_make_new(t, f) ((t)->make_new = (f))
#define MPY_TYPE_SET_print(t, f) ((t)->print = (f))
#define MPY_TYPE_SET_call(t, f) ((t)->call = (f))
#define MPY_TYPE_SET_unary_op(t, f) ((t)->unary_op = (f))
#define MPY_TYPE_SET_binary_op(t, f) ((t)->binary_op = (f))
#define MPY_TYPE_SET_attr(t, f) ((t)->attr = (f))
#define MPY_TYPE_SET_subscr(t, f) ((t)->subscr = (f))
#define MPY_TYPE_SET_buffer(t, f) ((t)->buffer_p.get_buffer = (f))
#define MPY_TYPE_SET_protocol(t, p) ((t)->protocol = (p))
#define MPY_TYPE_SET_parent(t, p) ((t)->parent = (p))
#define MPY_TYPE_SET_locals_dict(t, d) ((t)->locals_dict = (mpy_dict *)(d))
// An iterator of its own; before 1.20 an object returns itself by this.
#define MPY_TYPE_SET_ITERNEXT(t, f, index) ((t)->getiter = mpy_iter_self, (t)->iternext = (f))
#define MPY_TYPE_SET_GETITER(t, f, index) ((t)->getiter = (f))
#define MPY_TYPE_SLOT(t, slot) ((t)->slot) // buffer_p.get_buffer for a buffer
#define MPY_TYPE_HAS(t, slot) ((t)->slot != NULL)
static inline mpy_obj mpy_iter_self(mpy_obj self, mpy_iter *iter) {
    (void)iter;
    return self;
}
#else
// Slots: slots[slot_index_f - 1] is what the class has for f, 0 means that it has none.
#define MPY_TYPE_FIELDS \
    mpy_base base; /* type: &mp_type_type */ \
    uint16_t flags; \
    uint16_t name; \
    uint8_t slot_index_make_new; \
    uint8_t slot_index_print; \
    uint8_t slot_index_call; \
    uint8_t slot_index_unary_op; \
    uint8_t slot_index_binary_op; \
    uint8_t slot_index_attr; \
    uint8_t slot_index_subscr; \
    uint8_t slot_index_iter; \
    uint8_t slot_index_buffer; \
    uint8_t slot_index_protocol; /* mpy_stream and the like */ \
    uint8_t slot_index_parent;   /* a class, or a tuple of classes */ \
    uint8_t slot_index_locals_dict;
struct mpy_type {
    MPY_TYPE_FIELDS
    const void *slots[12]; // as many as slot_index_... say
};
typedef mpy_type mpy_class;
#define MPY_TYPE_ITER_IS_GETITER 0
#define MPY_TYPE_ITER_IS_ITERNEXT 0x0080 // slot iter is an mpy_iternext; the object is its own iterator
#define MPY_TYPE_ITER_IS_CUSTOM 0x0100   // slot iter is an mpy_getiter_iternext
#define MPY_TYPE_ITER_IS_STREAM (MPY_TYPE_ITER_IS_ITERNEXT | MPY_TYPE_ITER_IS_CUSTOM)

// MPY_TYPE_SET(type, slot, value, index): the class has value for one of make_new, print, call, unary_op,
// binary_op, attr, subscr, buffer, protocol, parent and locals_dict. Each takes an index of its own, from 0.
#define MPY_TYPE_SET(t, slot, value, index) \
    ((t)->slot_index_##slot = (index) + 1, (t)->slots[index] = (const void *)(mpy_word)(value))
// The class's iteration: a function for next(), or one for iter().
#define MPY_TYPE_SET_ITERNEXT(t, f, index) \
    ((t)->flags |= MPY_TYPE_ITER_IS_ITERNEXT, MPY_TYPE_SET(t, iter, MPY_SAME_TYPE(mpy_iternext, f), index))
#define MPY_TYPE_SET_GETITER(t, f, index) MPY_TYPE_SET(t, iter, MPY_SAME_TYPE(mpy_getiter, f), index)
#define MPY_TYPE_SLOT(t, slot) ((t)->slots[(t)->slot_index_##slot - 1])
#define MPY_TYPE_HAS(t, slot) ((t)->slot_index_##slot != 0)
#endif

////////////////////////////////////////////////////////////////////////////////
// mp_fun_table: what the firmware lends to modules. One word an entry; the numbers are their places.

typedef struct {
    // [0]: The object None.
    mpy_obj const_none;

    // [1]: The object False.
    mpy_obj const_false;

    // [2]: The object True.
    mpy_obj const_true;

    // [3]: The C value of an object. kind is one of MPY_KIND_: of an int the low word (no error if there is more),
    // the truth of an object, or for MPY_KIND_PTR the address of its buffer, else its int as an address. Raises
    // TypeError if the object is no int.
    mpy_word (*native_from_obj)(mpy_obj obj, mpy_word kind);

    // [4]: An object for a C value. kind is one of MPY_KIND_; MPY_KIND_QSTR since 1.21 only. Raises MemoryError if
    // an int needs room on the heap and there is none.
    mpy_obj (*native_to_obj)(mpy_word value, mpy_word kind);

    // [5]: Makes a dict the global names and returns the one that was, or NULL if they are the same; NULL changes
    // nothing. mpy_init wants those of the module (MPY_INIT_ENTRY).
    mpy_dict *(*swap_globals)(mpy_dict *globals);

    // [6]: What a name means: a local, a global, or a built-in. Raises NameError.
    mpy_obj (*load_name)(mpy_qstr name);

    // [7]: What a global or built-in name means: how a module gets at print, len, ValueError. Raises NameError.
    mpy_obj (*load_global)(mpy_qstr name);

    // [8]: The function behind the class statement: __build_class__(body, name, base...).
    mpy_obj (*load_build_class)(void);

    // [9]: obj.name. Raises AttributeError.
    mpy_obj (*load_attr)(mpy_obj obj, mpy_qstr name);

    // [10]: Looks up obj.name for a call without making a bound method: two objects are stored, for
    // call_method_n_kw. The second is NULL if there is no self to pass. Raises AttributeError.
    void (*load_method)(mpy_obj obj, mpy_qstr name, mpy_obj *method_and_self);

    // [11]: The same for super().name. On entry [1] is the class and [2] the object.
    void (*load_super_method)(mpy_qstr name, mpy_obj *method_and_self);

    // [12]: name = value among the locals.
    void (*store_name)(mpy_qstr name, mpy_obj value);

    // [13]: name = value among the globals: what mpy_init offers to those who import the module.
    void (*store_global)(mpy_qstr name, mpy_obj value);

    // [14]: obj.name = value; value NULL deletes. Raises AttributeError.
    void (*store_attr)(mpy_obj obj, mpy_qstr name, mpy_obj value);

    // [15]: obj[index] for value MPY_SENTINEL, del obj[index] for NULL, else obj[index] = value. Raises IndexError,
    // KeyError or TypeError.
    mpy_obj (*obj_subscr)(mpy_obj obj, mpy_obj index, mpy_obj value);

    // [16]: bool(obj).
    bool (*obj_is_true)(mpy_obj obj);

    // [17]: An operation on one object, of MPY_UNARY_. Raises TypeError.
    mpy_obj (*unary_op)(int op, mpy_obj obj);

    // [18]: An operation on two objects, of MPY_BINARY_. Raises TypeError, ZeroDivisionError and what the objects'
    // methods raise.
    mpy_obj (*binary_op)(int op, mpy_obj left, mpy_obj right);

    // [19]: A tuple with a copy of n objects. items NULL leaves them for the caller to fill in, all of them before
    // anything else is called. Raises MemoryError.
    mpy_obj (*new_tuple)(size_t n, const mpy_obj *items);

    // [20]: A list with a copy of n objects. items NULL leaves them for the caller to fill in (mpy_list), all of
    // them before anything else is called. Raises MemoryError.
    mpy_obj (*new_list)(size_t n, mpy_obj *items);

    // [21]: An empty dict with room for some items; it grows. Raises MemoryError.
    mpy_obj (*new_dict)(size_t room);

    // [22]: A set of n objects. Raises TypeError for one without hash; RuntimeError where the firmware has no sets.
    mpy_obj (*new_set)(size_t n, mpy_obj *items);

    // [23]: set.add(item).
    void (*set_store)(mpy_obj set, mpy_obj item);

    // [24]: list.append(item), which is None. The object must be a list: that is not checked. Raises MemoryError.
    mpy_obj (*list_append)(mpy_obj list, mpy_obj item);

    // [25]: dict[key] = value; returns the dict. The object must be a dict: that is not checked. Raises TypeError
    // for a key without hash, MemoryError.
    mpy_obj (*dict_store)(mpy_obj dict, mpy_obj key, mpy_obj value);

#if MPYLD_TARGET >= 119
    // [26]: A function object for native code; defaults may be NULL. Use mpy_make_function.
    mpy_obj (*make_function_from_proto_fun)(const mpy_raw_code *code, const mpy_context *context, const mpy_obj *defaults);

#endif
#if MPYLD_TARGET < 119
    // [26]: A function object for native code; defaults may be NULL. Use mpy_make_function.
    mpy_obj (*make_function_from_proto_fun)(const mpy_raw_code *code, mpy_obj defaults, mpy_obj kw_defaults);

#endif
    // [27]: Calls anything callable. args has n_pos objects, then n_kw pairs of name (a qstr as object) and value;
    // the count is n_pos | n_kw << 8, each at most 255. Raises TypeError and what the function raises.
    mpy_obj (*call_function_n_kw)(mpy_obj fun, size_t n_pos_and_kw, const mpy_obj *args);

    // [28]: Calls what load_method stored in args[0] and [1]; the arguments are behind it as in call_function_n_kw,
    // and self is not counted.
    mpy_obj (*call_method_n_kw)(size_t n_pos, size_t n_kw, const mpy_obj *args);

    // [29]: A call with *args and **kw, as compiled code makes it. Its arguments differ between releases.
    mpy_obj (*call_method_n_kw_var)(bool have_self, size_t n_pos_and_kw, const mpy_obj *args);

    // [30]: Starts an iteration over an object in an mpy_iter of the caller's; the result is NULL. With iter NULL it
    // is iter(obj). Raises TypeError.
    mpy_obj (*getiter)(mpy_obj obj, mpy_iter *iter);

    // [31]: The next object of an iteration; NULL at its end. Raises what the iterator raises.
    mpy_obj (*iternext)(mpy_iter *iter);

    // [32]: Begins to catch exceptions. It returns twice like setjmp, so use mpy_try.
    unsigned (*nlr_push)(mpy_nlr *buf);

    // [33]: Ends what nlr_push began. It must be called in the function that called nlr_push, if nothing was raised.
    void (*nlr_pop)(void);

    // [34]: Raises an exception, given as an instance or a class. Returns only for None and NULL.
    void (*raise)(mpy_obj exception);

    // [35]: __import__: names is None or a tuple, level a small int, 0 for an absolute import. Raises ImportError.
    mpy_obj (*import_name)(mpy_qstr name, mpy_obj names, mpy_obj level);

    // [36]: from module import name. Raises ImportError.
    mpy_obj (*import_from)(mpy_obj module, mpy_qstr name);

    // [37]: from module import *, into the globals.
    void (*import_all)(mpy_obj module);

    // [38]: slice(start, stop, step), each an object or None. RuntimeError where the firmware has no slices.
    mpy_obj (*new_slice)(mpy_obj start, mpy_obj stop, mpy_obj step);

    // [39]: Stores the n items of an iterable, the last one first. Raises ValueError if it has more or fewer.
    void (*unpack_sequence)(mpy_obj seq, size_t n, mpy_obj *items);

    // [40]: a, *b, c = seq: n is the number before the starred one | the number behind it << 8. The last one is
    // stored first.
    void (*unpack_ex)(mpy_obj seq, size_t n, mpy_obj *items);

    // [41]: del name among the locals. Raises NameError.
    void (*delete_name)(mpy_qstr name);

    // [42]: del name among the globals. Raises NameError.
    void (*delete_global)(mpy_qstr name);

#if MPYLD_TARGET >= 119
    // [43]: A function that passes n objects to fun in front of its arguments.
    mpy_obj (*new_closure)(mpy_obj fun, size_t n, const mpy_obj *cells);

#endif
#if MPYLD_TARGET < 119
    // [43]: A function object over raw code and n cells, as compiled code makes it.
    mpy_obj (*new_closure)(const mpy_raw_code *code, mpy_word n, const mpy_obj *cells);

#endif
    // [44]: Checks the number of arguments against MPY_SIG(at least, at most, takes keywords). Raises TypeError.
    void (*arg_check_num_sig)(size_t n_pos, size_t n_kw, uint32_t sig);

    // [45]: For machine code that the firmware's compiler made.
    void (*setup_code_state_native)(void *state, size_t n_pos, size_t n_kw, const mpy_obj *args);

    // [46]: num // denom as Python has it, of small ints. denom must not be 0.
    mpy_int (*small_int_floor_divide)(mpy_int num, mpy_int denom);

    // [47]: num % denom as Python has it, of small ints. denom must not be 0.
    mpy_int (*small_int_modulo)(mpy_int num, mpy_int denom);

    // [48]: Resumes a generator. *value is an exception to throw or NULL, and becomes what it yields (result true)
    // or returns.
    bool (*yield_from)(mpy_obj gen, mpy_obj send, mpy_obj *value);

    // [49]: The address of setjmp where nlr_push needs it called behind itself, else NULL; mpy_try knows.
    void *setjmp_;

    // [50]: As in C; a call of plain memset comes here too.
    void *(*memset_)(void *dest, int byte, size_t n);

    // [51]: As in C; calls of plain memmove and memcpy come here too.
    void *(*memmove_)(void *dest, const void *src, size_t n);

    // [52]: Memory of n bytes on the firmware's heap, not zeroed, at least word-aligned; NULL if there is none. old
    // NULL: new memory, n 0: frees. Memory is owned by nobody: the collector frees it when no word on the heap, on
    // the stack or in the module's variables points at its start.
    void *(*realloc_)(void *old, size_t n, bool may_move);

    // [53]: Prints to an mpy_print, such as plat_print. The format is MicroPython's: d u x X p s c % with width and
    // flags; %q a qstr, l a word. Returns the number of bytes.
    int (*printf_)(const mpy_print *out, const char *format, ...);

    // [54]: printf with a list of arguments.
    int (*vprintf_)(const mpy_print *out, const char *format, va_list args);

#if MPYLD_TARGET >= 10902
    // [55]: CircuitPython's raise_msg: raises an exception of a class with a text, which must live as long as the
    // exception.
    MPY_NORETURN void (*raise_msg_str)(const mpy_type *type, const char *text);

#endif
#if MPYLD_TARGET < 10902
    // [55]: Raises an exception of a class with a text. The text is not copied: it must live as long as the
    // exception, like a literal. The pointer is NULL in firmware (since 1.29) that is built without texts of errors.
    MPY_NORETURN void (*raise_msg)(const mpy_type *type, const char *text);

#endif
    // [56]: type(obj), also of ints and qstrs, which are no pointers.
    const mpy_type *(*obj_get_type)(mpy_obj obj);

    // [57]: A str with a copy of n bytes of UTF-8. Raises MemoryError, UnicodeError.
    mpy_obj (*obj_new_str)(const char *text, size_t n);

    // [58]: A bytes object with a copy of n bytes. Raises MemoryError.
    mpy_obj (*obj_new_bytes)(const uint8_t *data, size_t n);

    // [59]: A bytearray over memory of the caller's, which is not copied: it must be on the firmware's heap
    // (realloc) or live for ever.
    mpy_obj (*obj_new_bytearray_by_ref)(size_t n, void *data);

    // [60]: A float. RuntimeError where the firmware has no floats. How floats are passed must be as in the firmware
    // (--float-abi).
    mpy_obj (*obj_new_float_from_f)(float value);

    // [61]: A float, rounded if the firmware's have 32 bits.
    mpy_obj (*obj_new_float_from_d)(double value);

    // [62]: The value of a float, int or bool. Raises TypeError.
    float (*obj_get_float_to_f)(mpy_obj obj);

    // [63]: The same with 64 bits, of which the firmware may have 32.
    double (*obj_get_float_to_d)(mpy_obj obj);

#if MPYLD_TARGET >= 123
    // [64]: load_method that stores NULL twice and raises nothing if there is no such method.
    void (*load_method_maybe)(mpy_obj obj, mpy_qstr name, mpy_obj *method_and_self);

#endif
#if MPYLD_TARGET >= 122
    // [64], [65] since 1.23: The memory of an object: str, bytes, bytearray, array, memoryview. It belongs to the
    // object, and is valid while that lives and is not resized. flags is MPY_READ, MPY_WRITE or both; if the object
    // has no such memory the result is false, or with MPY_RAISE TypeError is raised. Use mpy_get_buffer.
    bool (*get_buffer)(mpy_obj obj, mpy_buffer *buf, mpy_word flags);

#endif
#if MPYLD_TARGET < 122
    // [64]: The memory of an object: str, bytes, bytearray, array, memoryview. It belongs to the object, and is
    // valid while that lives and is not resized. flags is MPY_READ, MPY_WRITE or both; raises TypeError if the
    // object has no such memory. Use mpy_get_buffer.
    void (*get_buffer_raise)(mpy_obj obj, mpy_buffer *buf, mpy_word flags);

#endif
    // [65], [66] since 1.23: The functions behind a stream object. flags: MPY_STREAM_OP_READ 1, WRITE 2, IOCTL 4
    // must be there. Raises OSError.
    const mpy_stream *(*get_stream_raise)(mpy_obj obj, int flags);

#if MPYLD_TARGET >= 10902
    // [67]: CircuitPython: raises unless an instance of a subclass has called __init__ of its native base.
    void (*assert_native_inited)(mpy_obj obj);

#endif
#if MPYLD_TARGET >= 123
    // [67], [68] in CircuitPython: Stores values for n allowed arguments, positional or by keyword. Raises TypeError
    // for what is missing or not known.
    void (*arg_parse_all)(size_t n_pos, const mpy_obj *pos, mpy_map *kw, size_t n, const mpy_arg *allowed, mpy_arg_value *values);

    // [68], [69] in CircuitPython: The same with the keywords as pairs behind the positional ones.
    void (*arg_parse_all_kw_array)(size_t n_pos, size_t n_kw, const mpy_obj *args, size_t n, const mpy_arg *allowed, mpy_arg_value *values);

    // [69], [70] in CircuitPython: The size in bytes of a value of struct's type codes ('@' or '<', '>', '!' and
    // then 'b', 'H', ...); its alignment is stored unless align is NULL. Raises ValueError.
    size_t (*binary_get_size)(char struct_type, char val_type, size_t *align);

    // [70], [71] in CircuitPython: Item index of an array with a type code, as an object.
    mpy_obj (*binary_get_val_array)(char typecode, void *data, size_t index);

    // [71], [72] in CircuitPython: Stores an object as item index of an array with a type code. Raises TypeError,
    // OverflowError.
    void (*binary_set_val_array)(char typecode, void *data, size_t index, mpy_obj value);

#endif
    // [66], [72] since 1.23, [73] in CircuitPython: Where print() writes.
    const mpy_print *plat_print;

    // [67], [73] since 1.23, [74] in CircuitPython: The class type.
    const mpy_type *type_type;

    // [68], [74] since 1.23, [75] in CircuitPython: The class str.
    const mpy_type *type_str;

    // [69], [75] since 1.23, [76] in CircuitPython: The class list.
    const mpy_type *type_list;

    // [70], [76] since 1.23, [77] in CircuitPython: The class dict.
    const mpy_type *type_dict;

    // [71], [77] since 1.23, [78] in CircuitPython: The class of functions in C without arguments (MPY_FUN_0).
    const mpy_type *type_fun_builtin_0;

    // [72], [78] since 1.23, [79] in CircuitPython: With one argument (MPY_FUN_1).
    const mpy_type *type_fun_builtin_1;

    // [73], [79] since 1.23, [80] in CircuitPython: With two (MPY_FUN_2).
    const mpy_type *type_fun_builtin_2;

    // [74], [80] since 1.23, [81] in CircuitPython: With three (MPY_FUN_3).
    const mpy_type *type_fun_builtin_3;

    // [75], [81] since 1.23, [82] in CircuitPython: With any number of them (MPY_FUN_VAR, MPY_FUN_KW).
    const mpy_type *type_fun_builtin_var;

#if MPYLD_TARGET >= 123
    // [82], [83] in CircuitPython: The class Exception.
    const mpy_type *type_Exception;

#endif
    // [76], [83] since 1.23, [84] in CircuitPython: The method read for classes of streams; it calls the class's
    // mpy_stream.
    const mpy_fun_var *stream_read_obj;

    // [77], [84] since 1.23, [85] in CircuitPython: The method readinto.
    const mpy_fun_var *stream_readinto_obj;

    // [78], [85] since 1.23, [86] in CircuitPython: The method readline.
    const mpy_fun_var *stream_unbuffered_readline_obj;

    // [79], [86] since 1.23, [87] in CircuitPython: The method write.
    const mpy_fun_var *stream_write_obj;
} mpy_fun_table;

// The names of each release's last entry, and how many there are.
#if MPYLD_TARGET >= 10902
#define MPY_SLOTS 88
#elif MPYLD_TARGET >= 123
#define MPY_SLOTS 87
#elif MPYLD_TARGET >= 122
#define MPY_SLOTS 80
#elif MPYLD_TARGET >= 119
#define MPY_SLOTS 80
#else
#define MPY_SLOTS 80
#endif
typedef char mpy_fun_table_has_all_slots[sizeof(mpy_fun_table) == MPY_SLOTS * sizeof(void *) ? 1 : -1];

// The linker gives these symbols a meaning. mp_fun_table is in the firmware. The others are entries of it
// whose value the firmware stores where their address is used, which may be in a constant.
extern const mpy_fun_table mp_fun_table;
extern const mpy_type mp_type_type, mp_type_str, mp_type_list, mp_type_dict;
extern const mpy_type mp_type_fun_builtin_0, mp_type_fun_builtin_1, mp_type_fun_builtin_2;
extern const mpy_type mp_type_fun_builtin_3, mp_type_fun_builtin_var;
#if MPYLD_TARGET >= 123
extern const mpy_type mp_type_Exception;
#endif
extern const mpy_fun_var mp_stream_read_obj, mp_stream_readinto_obj;
extern const mpy_fun_var mp_stream_unbuffered_readline_obj, mp_stream_write_obj;

////////////////////////////////////////////////////////////////////////////////
// Functions and the module

// MPY_FUN_1(name, f): the constant name is a function object that calls f with one object. Put static in
// front. MPY_FUN_VAR: f gets all arguments, at least min of them; MPY_FUN_BETWEEN: and at most max;
// MPY_FUN_KW: and its keywords, as a map.
#define MPY_FUN_0(name, f) const mpy_fun name = {{&mp_type_fun_builtin_0}, (mpy_code)MPY_SAME_TYPE(mpy_fun_0, f)}
#define MPY_FUN_1(name, f) const mpy_fun name = {{&mp_type_fun_builtin_1}, (mpy_code)MPY_SAME_TYPE(mpy_fun_1, f)}
#define MPY_FUN_2(name, f) const mpy_fun name = {{&mp_type_fun_builtin_2}, (mpy_code)MPY_SAME_TYPE(mpy_fun_2, f)}
#define MPY_FUN_3(name, f) const mpy_fun name = {{&mp_type_fun_builtin_3}, (mpy_code)MPY_SAME_TYPE(mpy_fun_3, f)}
#define MPY_FUN_BETWEEN(name, min, max, f) \
    const mpy_fun_var name = {{&mp_type_fun_builtin_var}, MPY_SIG(min, max, 0), (mpy_code)MPY_SAME_TYPE(mpy_fun_n, f)}
#define MPY_FUN_VAR(name, min, f) MPY_FUN_BETWEEN(name, min, MPY_ARGS_MAX, f)
#define MPY_FUN_KW(name, min, f) \
    const mpy_fun_var name = {{&mp_type_fun_builtin_var}, MPY_SIG(min, MPY_ARGS_MAX, 1), (mpy_code)MPY_SAME_TYPE(mpy_fun_kw, f)}
#define MPY_ARGS_MAX 0xffff
#define MPY_SIG(min, max, kw) ((uint32_t)(min) << 17 | (uint32_t)(max) << 1 | ((kw) ? 1u : 0u))

#define MPY_LEN(array) (sizeof(array) / sizeof((array)[0]))

// MPY_DICT(name, table): a constant dict of a class, whose items are in an array of mpy_map_item.
#define MPY_DICT(name, items) \
    const mpy_dict name = {{&mp_type_dict}, {1, 1, 1, MPY_LEN(items), MPY_LEN(items), (mpy_map_item *)(items)}}

// The module's entry: called when it is imported, with a globals dict that becomes the module's. What is
// between MPY_INIT_ENTRY and MPY_INIT_EXIT may store into it, and may raise.
mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args);
#define MPY_INIT_ENTRY \
    mpy_dict *mpy_old_globals = mp_fun_table.swap_globals(MPY_GLOBALS); \
    (void)n_args, (void)n_kw, (void)args;
#define MPY_INIT_EXIT \
    mp_fun_table.swap_globals(mpy_old_globals); \
    return mp_fun_table.const_none;

// MPY_STORE(MP_QSTR_name, &object) in mpy_init: the module has a name. Pointers to constant objects too.
#define MPY_STORE(name, obj) mp_fun_table.store_global(name, (mpy_obj)(mpy_word)(obj))

// A function object for f(self, n_args, n_kw, args), made in mpy_init.
#define MPY_MAKE_FUNCTION(f) mpy_make_function(self, (mpy_code)(f))

static inline mpy_obj mpy_make_function(const mpy_self *self, mpy_code f) {
    // volatile: a compiler makes a call of memcpy of a plain constant.
    volatile mpy_raw_code rc;
#if MPYLD_TARGET < 123
    rc.kind = 4;
    rc.fun_data = (const void *)(mpy_word)f;
    rc.const_table = NULL;
    for (int i = 0; i < 6; i++) {
        rc.more[i] = 0;
    }
#else
    rc.proto_fun_indicator[0] = 0;
    rc.proto_fun_indicator[1] = 0;
    rc.kind = 4;
    rc.is_generator = false;
    rc.fun_data = (const void *)(mpy_word)f;
    rc.children = NULL;
#endif
#if MPYLD_TARGET < 119
    rc.const_table = self->const_table;
    return mp_fun_table.make_function_from_proto_fun((const mpy_raw_code *)&rc, NULL, NULL);
#else
    return mp_fun_table.make_function_from_proto_fun((const mpy_raw_code *)&rc, self->context, NULL);
#endif
}

////////////////////////////////////////////////////////////////////////////////
// Values

static inline mpy_obj mpy_none(void) { return mp_fun_table.const_none; }
static inline mpy_obj mpy_new_bool(bool b) { return b ? mp_fun_table.const_true : mp_fun_table.const_false; }
static inline mpy_obj mpy_new_int(mpy_int i) { return mp_fun_table.native_to_obj((mpy_word)i, MPY_KIND_INT); }
static inline mpy_obj mpy_new_uint(mpy_word i) { return mp_fun_table.native_to_obj(i, MPY_KIND_UINT); }

// The low word of an int. Raises TypeError for other objects.
static inline mpy_int mpy_get_int(mpy_obj o) { return (mpy_int)mp_fun_table.native_from_obj(o, MPY_KIND_INT); }
static inline bool mpy_is_true(mpy_obj o) { return mp_fun_table.obj_is_true(o); }

// A name as a str object. Before 1.21 the argument must be MP_QSTR_name, literally: mpyld --preprocess looks
// for MP_OBJ_NEW_QSTR(MP_QSTR_name) then, and gives it a place in a table.
#if MPYLD_TARGET < 121
typedef mpy_obj mp_obj_t; // the config header's lines use it
#define MP_OBJ_NEW_QSTR(x) MP_OBJ_NEW_QSTR_##x
#else
#define MP_OBJ_NEW_QSTR(x) mp_fun_table.native_to_obj(x, MPY_KIND_QSTR)
#endif

// A str with a copy of a C string. Raises MemoryError.
static inline mpy_obj mpy_new_str(const char *s) {
    size_t n = 0;
    for (const volatile char *p = s; *p; p++) { // volatile: not to become a call of strlen
        n++;
    }
    return mp_fun_table.obj_new_str(s, n);
}

// get_buffer with one meaning for all releases. Flags: MPY_READ and MPY_WRITE. Raises TypeError.
enum { MPY_READ = 1, MPY_WRITE = 2 };
#if MPYLD_TARGET < 122
enum { MPY_RAISE = 0 };
static inline void mpy_get_buffer(mpy_obj o, mpy_buffer *b, mpy_word flags) { mp_fun_table.get_buffer_raise(o, b, flags); }
#else
enum { MPY_RAISE = 4 };
static inline void mpy_get_buffer(mpy_obj o, mpy_buffer *b, mpy_word flags) {
    mp_fun_table.get_buffer(o, b, flags | MPY_RAISE);
}
#endif

// The bytes of a str or of anything with a buffer; *n (unless n is NULL) is how many. They belong to the
// object. Those of a str end in a 0, which does not count. Raises TypeError.
static inline const char *mpy_get_str(mpy_obj o, size_t *n) {
    mpy_buffer b;
    mpy_get_buffer(o, &b, MPY_READ);
    if (n) {
        *n = b.len;
    }
    return (const char *)b.buf;
}

// Calls f with n objects. Raises what it raises.
static inline mpy_obj mpy_callf(mpy_obj f, size_t n, const mpy_obj *args) {
    return mp_fun_table.call_function_n_kw(f, n, args);
}

// len(o). Raises TypeError.
static inline mpy_obj mpy_len(mpy_obj o) {
    return mp_fun_table.call_function_n_kw(mp_fun_table.load_global(MPY_Q_len), 1, &o);
}

// The objects of a list or tuple: *items points into it. Raises TypeError for others.
static inline void mpy_get_array(mpy_obj o, size_t *n, mpy_obj **items);

// Memory on the firmware's heap, as realloc. mpy_alloc raises MemoryError; memory is not zeroed.
MPY_NORETURN static inline void mpy_raise(mpy_qstr type, const char *text);
static inline void *mpy_alloc(size_t n) {
    void *p = mp_fun_table.realloc_(NULL, n, false);
    if (!p && n) {
        mpy_raise(MPY_Q_MemoryError, "memory allocation failed");
    }
    return p;
}
static inline void *mpy_realloc(void *p, size_t n) {
    p = mp_fun_table.realloc_(p, n, true);
    if (!p && n) {
        mpy_raise(MPY_Q_MemoryError, "memory allocation failed");
    }
    return p;
}
static inline void mpy_free(void *p) { mp_fun_table.realloc_(p, 0, false); }

// An object of a class, n bytes with the mpy_base. The rest is not zeroed.
static inline void *mpy_new_obj(size_t n, const mpy_type *type) {
    mpy_base *o = (mpy_base *)mpy_alloc(n);
    o->type = type;
    return o;
}

////////////////////////////////////////////////////////////////////////////////
// Floats. mpy_float is what a float of Python is in the firmware: -DMICROPY_FLOAT_IMPL=
// MICROPY_FLOAT_IMPL_FLOAT, _DOUBLE or _NONE; if it is not given, what is usual for the machine.

#define MICROPY_FLOAT_IMPL_NONE (0)
#define MICROPY_FLOAT_IMPL_FLOAT (1)
#define MICROPY_FLOAT_IMPL_DOUBLE (2)
#ifndef MICROPY_FLOAT_IMPL
#if defined(__x86_64__) || defined(__i386__) || defined(__ARM_FP) && (__ARM_FP & 8)
#define MICROPY_FLOAT_IMPL MICROPY_FLOAT_IMPL_DOUBLE
#else
#define MICROPY_FLOAT_IMPL MICROPY_FLOAT_IMPL_FLOAT
#endif
#endif
#if MICROPY_FLOAT_IMPL == MICROPY_FLOAT_IMPL_FLOAT
typedef float mpy_float;
static inline mpy_obj mpy_new_float(mpy_float x) { return mp_fun_table.obj_new_float_from_f(x); }
static inline mpy_float mpy_get_float(mpy_obj o) { return mp_fun_table.obj_get_float_to_f(o); }
#elif MICROPY_FLOAT_IMPL == MICROPY_FLOAT_IMPL_DOUBLE
typedef double mpy_float;
static inline mpy_obj mpy_new_float(mpy_float x) { return mp_fun_table.obj_new_float_from_d(x); }
static inline mpy_float mpy_get_float(mpy_obj o) { return mp_fun_table.obj_get_float_to_d(o); }
#endif

////////////////////////////////////////////////////////////////////////////////
// Exceptions

// A class that has a name everywhere, such as MPY_Q_ValueError.
static inline const mpy_type *mpy_type_of_name(mpy_qstr name) { return (const mpy_type *)mp_fun_table.load_global(name); }

// Raises an exception: of a class with a text, which is not copied (a literal); of a class by its name; an
// instance or class; OSError with an errno.
MPY_NORETURN static inline void mpy_raise_msg(const mpy_type *type, const char *text) {
#if MPYLD_TARGET >= 10000
    mp_fun_table.raise_msg_str(type, text);
#else
    mp_fun_table.raise_msg(type, text);
#endif
}
MPY_NORETURN static inline void mpy_raise(mpy_qstr type, const char *text) { mpy_raise_msg(mpy_type_of_name(type), text); }
MPY_NORETURN static inline void mpy_raise_obj(mpy_obj exception) {
    for (;;) {
        mp_fun_table.raise(exception);
    }
}
MPY_NORETURN static inline void mpy_raise_os_error(int number) {
    mpy_obj arg = MPY_SMALL_INT(number);
    mpy_raise_obj(mp_fun_table.call_function_n_kw(mp_fun_table.load_global(MPY_Q_OSError), 1, &arg));
}

// Calls f(arg). true: *result is what it returned. false: it raised, and *result is the exception, an
// instance. (NULL if the firmware is aborting: then return at once.) What f stores for its caller must go
// through arg or be volatile.
static MPY_NOINLINE __attribute__((unused)) bool mpy_try(mpy_obj (*f)(void *arg), void *arg, mpy_obj *result) {
    mpy_nlr buf;
    mpy_obj *volatile out = result; // in memory: it is needed after the second return
    unsigned raised = mp_fun_table.nlr_push(&buf);
    if (!raised && mp_fun_table.setjmp_) {
        // This firmware has made C's own setjmp of nlr_push, which has to be called from here.
        typedef int (*set)(void *);
        raised = (unsigned)((set)(mpy_word)mp_fun_table.setjmp_)(buf.regs);
    }
    if (raised) {
        *out = buf.ret_val;
        return false;
    }
    mpy_obj value = f(arg);
    mp_fun_table.nlr_pop();
    *out = value;
    return true;
}

// Whether an exception is of a class: what "except" asks.
static inline bool mpy_is_exception(mpy_obj exception, mpy_qstr type) {
    return mp_fun_table.binary_op(8, exception, mp_fun_table.load_global(type)) == mp_fun_table.const_true;
}

static inline void mpy_get_array(mpy_obj o, size_t *n, mpy_obj **items) {
    const mpy_type *type = mp_fun_table.obj_get_type(o);
    if (type == mp_fun_table.type_list) {
        mpy_list *list = (mpy_list *)o;
        *n = list->len;
        *items = list->items;
    } else if (type == mpy_type_of_name(MPY_Q_tuple)) {
        mpy_tuple *tuple = (mpy_tuple *)o;
        *n = tuple->len;
        *items = tuple->items;
    } else {
        mpy_raise(MPY_Q_TypeError, "expected a list or tuple");
    }
}

////////////////////////////////////////////////////////////////////////////////
// Operations

enum {
    MPY_UNARY_POSITIVE, MPY_UNARY_NEGATIVE, MPY_UNARY_INVERT, MPY_UNARY_NOT, MPY_UNARY_BOOL, MPY_UNARY_LEN, MPY_UNARY_HASH, MPY_UNARY_ABS
};

enum {
    MPY_LESS, MPY_MORE, MPY_EQUAL, MPY_LESS_EQUAL, MPY_MORE_EQUAL, MPY_NOT_EQUAL, MPY_IN, MPY_IS, MPY_EXCEPTION_MATCH,
    // in place: a |= b may change a
    MPY_INPLACE_OR, MPY_INPLACE_XOR, MPY_INPLACE_AND, MPY_INPLACE_LSHIFT, MPY_INPLACE_RSHIFT, MPY_INPLACE_ADD, MPY_INPLACE_SUB,
    MPY_INPLACE_MUL, MPY_INPLACE_MATMUL, MPY_INPLACE_FLOORDIV, MPY_INPLACE_TRUEDIV, MPY_INPLACE_MOD, MPY_INPLACE_POW,
    MPY_OR, MPY_XOR, MPY_AND, MPY_LSHIFT, MPY_RSHIFT, MPY_ADD, MPY_SUB, MPY_MUL, MPY_MATMUL, MPY_FLOORDIV, MPY_TRUEDIV, MPY_MOD, MPY_POW,
    MPY_DIVMOD,
    MPY_CONTAINS // what a class is asked for "in": its own object is on the left
};

#ifdef __cplusplus
}
#endif

////////////////////////////////////////////////////////////////////////////////
// For modules written for py/dynruntime.h: its names. A source that includes "mpyld.h" in place of
// "py/dynruntime.h" compiles unchanged if it uses what is here. What is not: parts of MicroPython that are
// compiled into a module (extmod/*.c), and other headers of MicroPython's.

#ifndef MPYLD_NO_ALIASES

#define MP_NORETURN MPY_NORETURN
#define NORETURN MPY_NORETURN
#ifndef STATIC
#define STATIC static
#endif
#define MP_ARRAY_SIZE(a) MPY_LEN(a)
#define MP_ERROR_TEXT(text) text
#define MP_STRINGIFY_HELPER(x) #x
#define MP_STRINGIFY(x) MP_STRINGIFY_HELPER(x)
#define MP_LIKELY(x) __builtin_expect((x), 1)
#define MP_UNLIKELY(x) __builtin_expect((x), 0)
#define MP_BYTES_PER_OBJ_WORD sizeof(mpy_word)
#define MP_BITS_PER_BYTE 8
#define MP_MAX(a, b) ((a) > (b) ? (a) : (b))
#define MP_MIN(a, b) ((a) < (b) ? (a) : (b))
#define MP_INT_TYPE_INTPTR 0
#define UINT_FMT "%lu"
#define INT_FMT "%ld"

// Types. The config header has some of them.
#ifndef MP_CONFIGFILE
typedef mpy_int mp_int_t;
typedef mpy_word mp_uint_t;
#endif
typedef uint8_t byte;
typedef unsigned int uint;
typedef mpy_qstr qstr;
#if MPYLD_TARGET >= 121
typedef mpy_obj mp_obj_t;
#endif
typedef const void *mp_const_obj_t;
typedef const void *mp_rom_obj_t;
typedef const char *mp_rom_error_text_t;
typedef mpy_base mp_obj_base_t;
typedef mpy_type mp_obj_type_t;
typedef mpy_class mp_obj_full_type_t;
typedef mpy_self mp_obj_fun_bc_t;
typedef mpy_fun mp_obj_fun_builtin_fixed_t;
typedef mpy_fun_var mp_obj_fun_builtin_var_t;
typedef mpy_dict mp_obj_dict_t;
typedef mpy_list mp_obj_list_t;
typedef mpy_tuple mp_obj_tuple_t;
typedef mpy_str mp_obj_str_t;
typedef mpy_map mp_map_t;
typedef mpy_map_item mp_map_elem_t;
typedef struct {
    mp_rom_obj_t key, value;
} mp_rom_map_elem_t;
typedef mpy_buffer mp_buffer_info_t;
typedef mpy_iter mp_obj_iter_buf_t;
typedef mpy_print mp_print_t;
typedef mpy_stream mp_stream_p_t;
typedef mpy_arg mp_arg_t;
typedef mpy_arg_value mp_arg_val_t;
typedef mpy_getiter_iternext mp_getiter_iternext_custom_t;
typedef mpy_module mp_obj_module_t;
typedef mpy_context mp_module_context_t;
typedef mpy_fun_table mp_fun_table_t;
typedef mpy_fun_0 mp_fun_0_t;
typedef mpy_fun_1 mp_fun_1_t;
typedef mpy_fun_2 mp_fun_2_t;
typedef mpy_fun_3 mp_fun_3_t;
typedef mpy_fun_n mp_fun_var_t;
typedef mpy_fun_kw mp_fun_kw_t;
typedef int mp_unary_op_t;
typedef int mp_binary_op_t;
typedef int mp_print_kind_t;
enum { PRINT_STR, PRINT_REPR, PRINT_EXC, PRINT_JSON, PRINT_RAW };

// Objects.
#define MP_OBJ_NULL ((mp_obj_t)NULL)
#define MP_OBJ_STOP_ITERATION MP_OBJ_NULL
#define MP_OBJ_SENTINEL MPY_SENTINEL
#define MP_OBJ_FROM_PTR(p) ((mp_obj_t)(mpy_word)(p))
#ifdef __cplusplus
extern "C++" {
// C++ converts no void * by itself.
struct mpy_pointer {
    void *p;
    template <class T> operator T *() const { return static_cast<T *>(p); }
};
}
static inline mpy_pointer mpy_to_pointer(const void *o) { return mpy_pointer{const_cast<void *>(o)}; }
#define MP_OBJ_TO_PTR(o) mpy_to_pointer(o)
#else
#define MP_OBJ_TO_PTR(o) ((void *)(o))
#endif
#define MP_ROM_PTR(p) (p)
#define MP_ROM_INT(i) ((mp_rom_obj_t)((mpy_word)(i) << 1 | 1))
#define MP_ROM_NONE mp_const_none
#define MP_ROM_FALSE mp_const_false
#define MP_ROM_TRUE mp_const_true
#define MP_OBJ_NEW_SMALL_INT(i) MPY_SMALL_INT(i)
#define MP_OBJ_SMALL_INT_VALUE(o) MPY_SMALL_INT_VALUE(o)
#define MP_ROM_QSTR(x) MP_OBJ_NEW_QSTR(x)
#define MP_OBJ_QSTR_VALUE(o) ((mpy_word)(o) >> 3)
#define MP_SMALL_INT_MAX ((mp_int_t)(~(mpy_word)0 >> 2))
#define MP_SMALL_INT_MIN (-MP_SMALL_INT_MAX - 1)
#define mp_const_none ((mp_obj_t)mp_fun_table.const_none)
#define mp_const_false ((mp_obj_t)mp_fun_table.const_false)
#define mp_const_true ((mp_obj_t)mp_fun_table.const_true)
#define mp_const_empty_tuple (mp_fun_table.new_tuple(0, NULL))
#define mp_const_empty_bytes (mp_fun_table.obj_new_bytes(NULL, 0))
#define mp_obj_is_small_int(o) MPY_IS_SMALL_INT(o)
#define mp_obj_is_qstr(o) MPY_IS_QSTR(o)
#define mp_obj_is_obj(o) MPY_IS_POINTER(o)
#define mp_obj_is_type(o, t) (mp_fun_table.obj_get_type(o) == (const mpy_type *)(t))
#define mp_obj_is_exact_type(o, t) mp_obj_is_type(o, t)
#define mp_obj_is_int(o) mp_obj_is_type(o, &mp_type_int)
#define mp_obj_is_str(o) mp_obj_is_type(o, mp_fun_table.type_str)
#define mp_obj_is_str_or_bytes(o) (mp_obj_is_str(o) || mp_obj_is_type(o, &mp_type_bytes))
#define mp_obj_is_dict_or_ordereddict(o) mp_obj_is_type(o, mp_fun_table.type_dict)
#define mp_obj_is_bool(o) ((o) == mp_const_true || (o) == mp_const_false)
#define mp_obj_get_type(o) mp_fun_table.obj_get_type(o)
#define mp_obj_is_true(o) mpy_is_true(o)
#define mp_obj_new_bool(b) mpy_new_bool(b)
#define mp_obj_new_int(i) mpy_new_int(i)
#define mp_obj_new_int_from_uint(i) mpy_new_uint(i)
#define mp_obj_get_int(o) mpy_get_int(o)
#define mp_obj_get_int_truncated(o) mpy_get_int(o)
#define mp_obj_new_str(text, n) mp_fun_table.obj_new_str(text, n)
#define mp_obj_new_str_from_cstr(text) mpy_new_str(text)
#define mp_obj_new_bytes(data, n) mp_fun_table.obj_new_bytes(data, n)
#define mp_obj_new_bytearray_by_ref(n, data) mp_fun_table.obj_new_bytearray_by_ref(n, data)
#define mp_obj_new_tuple(n, items) mp_fun_table.new_tuple(n, items)
#define mp_obj_new_list(n, items) mp_fun_table.new_list(n, items)
#define mp_obj_new_dict(n) mp_fun_table.new_dict(n)
#define mp_obj_new_set(n, items) mp_fun_table.new_set(n, items)
#define mp_obj_new_slice(a, b, c) mp_fun_table.new_slice(a, b, c)
#define mp_obj_set_store(set, item) mp_fun_table.set_store(set, item)
#define mp_obj_list_append(list, item) mp_fun_table.list_append(list, item)
#define mp_obj_dict_store(dict, key, value) mp_fun_table.dict_store(dict, key, value)
#define mp_obj_subscr(o, index, value) mp_fun_table.obj_subscr(o, index, value)
#define mp_obj_len(o) mpy_len(o)
#define mp_obj_get_array(o, n, items) mpy_get_array(o, n, items)
#define mp_obj_str_get_str(o) mpy_get_str(o, NULL)
#define mp_obj_str_get_data(o, n) mpy_get_str(o, n)
#define mp_obj_malloc(struct_type, type) ((struct_type *)mpy_new_obj(sizeof(struct_type), (const mpy_type *)(type)))
#define mp_obj_malloc_var(struct_type, ...) MPY_MALLOC_VAR(struct_type, __VA_ARGS__)
#define MPY_MALLOC_VAR(struct_type, field, var_type, n, type) \
    ((struct_type *)mpy_new_obj(offsetof(struct_type, field) + sizeof(var_type) * (n), (const mpy_type *)(type)))
#define mp_getiter(o, iter) mp_fun_table.getiter(o, iter)

// Buffers and streams.
enum { MP_BUFFER_READ = MPY_READ, MP_BUFFER_WRITE = MPY_WRITE, MP_BUFFER_RW = MPY_READ | MPY_WRITE };
#define mp_get_buffer_raise(o, buf, flags) mpy_get_buffer(o, buf, flags)
#if MPYLD_TARGET >= 122
#define MP_BUFFER_RAISE_IF_UNSUPPORTED MPY_RAISE
#define mp_get_buffer(o, buf, flags) mp_fun_table.get_buffer(o, buf, flags)
#endif
#define mp_get_stream_raise(o, flags) mp_fun_table.get_stream_raise(o, flags)
enum { MP_STREAM_OP_READ = 1, MP_STREAM_OP_WRITE = 2, MP_STREAM_OP_IOCTL = 4 };
enum { MP_STREAM_FLUSH = 1, MP_STREAM_SEEK, MP_STREAM_POLL, MP_STREAM_CLOSE };
#define MP_STREAM_ERROR MPY_STREAM_ERROR
struct mp_stream_seek_t {
    mpy_int offset; // becomes the position
    int whence;
};
#define MP_SEEK_SET 0
#define MP_SEEK_CUR 1
#define MP_SEEK_END 2

// Memory.
#define m_malloc(n) mpy_alloc(n)
#define m_malloc0(n) memset(mpy_alloc(n), 0, n)
#define m_malloc_maybe(n) mp_fun_table.realloc_(NULL, n, false)
#define m_realloc(p, n) mpy_realloc(p, n)
#define m_realloc_maybe(p, n, may_move) mp_fun_table.realloc_(p, n, may_move)
#define m_free(p) mpy_free(p)
#define m_new(type, n) ((type *)mpy_alloc(sizeof(type) * (n)))
#define m_new_maybe(type, n) ((type *)mp_fun_table.realloc_(NULL, sizeof(type) * (n), false))
#define m_new0(type, n) ((type *)m_malloc0(sizeof(type) * (n)))
#define m_new_obj(type) m_new(type, 1)
#define m_new_obj_maybe(type) m_new_maybe(type, 1)
#define m_new_obj_var(struct_type, ...) MPY_NEW_VAR(struct_type, __VA_ARGS__)
#define MPY_NEW_VAR(struct_type, field, var_type, n) ((struct_type *)mpy_alloc(offsetof(struct_type, field) + sizeof(var_type) * (n)))
#define m_renew(type, p, old_n, n) ((type *)mpy_realloc(p, sizeof(type) * (n)))
#define m_del(type, p, n) mpy_free(p)
#define m_del_obj(type, p) mpy_free(p)

// Names, attributes, calls.
#define mp_load_name(name) mp_fun_table.load_name(name)
#define mp_load_global(name) mp_fun_table.load_global(name)
#define mp_load_attr(o, name) mp_fun_table.load_attr(o, name)
#define mp_load_method(o, name, dest) mp_fun_table.load_method(o, name, dest)
#define mp_load_super_method(name, dest) mp_fun_table.load_super_method(name, dest)
#if MPYLD_TARGET >= 123
#define mp_load_method_maybe(o, name, dest) mp_fun_table.load_method_maybe(o, name, dest)
#endif
#define mp_store_name(name, o) mp_fun_table.store_name(name, o)
#define mp_store_global(name, o) mp_fun_table.store_global(name, o)
#define mp_store_attr(o, name, value) mp_fun_table.store_attr(o, name, value)
#define mp_unary_op(op, o) mp_fun_table.unary_op(op, o)
#define mp_binary_op(op, a, b) mp_fun_table.binary_op(op, a, b)
#define mp_call_function_n_kw(f, n, n_kw, args) mp_fun_table.call_function_n_kw(f, (n) | (n_kw) << 8, args)
#define mp_call_method_n_kw(n, n_kw, args) mp_fun_table.call_method_n_kw(n, n_kw, args)
static inline mp_obj_t mp_call_function_0(mp_obj_t f) { return mpy_callf(f, 0, NULL); }
static inline mp_obj_t mp_call_function_1(mp_obj_t f, mp_obj_t a) { return mpy_callf(f, 1, &a); }
static inline mp_obj_t mp_call_function_2(mp_obj_t f, mp_obj_t a, mp_obj_t b) {
    mp_obj_t args[2];
    args[0] = a;
    args[1] = b;
    return mpy_callf(f, 2, args);
}
#define mp_import_name(name, names, level) mp_fun_table.import_name(name, names, level)
#define mp_import_from(module, name) mp_fun_table.import_from(module, name)
#define mp_import_all(module) mp_fun_table.import_all(module)
#define mp_arg_check_num(n, n_kw, min, max, kw) mp_fun_table.arg_check_num_sig(n, n_kw, MPY_SIG(min, max, kw))
enum { MP_ARG_BOOL = MPY_ARG_BOOL, MP_ARG_INT = MPY_ARG_INT, MP_ARG_OBJ = MPY_ARG_OBJ };
enum { MP_ARG_KIND_MASK = 0xff, MP_ARG_REQUIRED = MPY_ARG_REQUIRED, MP_ARG_KW_ONLY = MPY_ARG_KW_ONLY };
#if MPYLD_TARGET >= 123
#define mp_arg_parse_all(n_pos, pos, kw, n, allowed, values) mp_fun_table.arg_parse_all(n_pos, pos, kw, n, allowed, values)
#define mp_arg_parse_all_kw_array(n_pos, n_kw, args, n, allowed, values) \
    mp_fun_table.arg_parse_all_kw_array(n_pos, n_kw, args, n, allowed, values)
#define mp_binary_get_size(struct_type, val_type, align) mp_fun_table.binary_get_size(struct_type, val_type, align)
#define mp_binary_get_val_array(typecode, p, i) mp_fun_table.binary_get_val_array(typecode, p, i)
#define mp_binary_set_val_array(typecode, p, i, value) mp_fun_table.binary_set_val_array(typecode, p, i, value)
#endif
#define MP_OBJ_FUN_ARGS_MAX MPY_ARGS_MAX
#define MP_OBJ_FUN_MAKE_SIG(min, max, kw) MPY_SIG(min, max, kw)

// Printing.
#define mp_plat_print (*mp_fun_table.plat_print)
#define mp_printf(out, ...) mp_fun_table.printf_(out, __VA_ARGS__)
#define mp_vprintf(out, format, args) mp_fun_table.vprintf_(out, format, args)

// Function objects, the module's entry.
#define MP_DEFINE_CONST_FUN_OBJ_0(name, f) MPY_FUN_0(name, f)
#define MP_DEFINE_CONST_FUN_OBJ_1(name, f) MPY_FUN_1(name, f)
#define MP_DEFINE_CONST_FUN_OBJ_2(name, f) MPY_FUN_2(name, f)
#define MP_DEFINE_CONST_FUN_OBJ_3(name, f) MPY_FUN_3(name, f)
#define MP_DEFINE_CONST_FUN_OBJ_VAR(name, min, f) MPY_FUN_VAR(name, min, f)
#define MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(name, min, max, f) MPY_FUN_BETWEEN(name, min, max, f)
#define MP_DEFINE_CONST_FUN_OBJ_KW(name, min, f) MPY_FUN_KW(name, min, f)
#define MP_DEFINE_CONST_DICT(name, table) MPY_DICT(name, table)
#define MP_DYNRUNTIME_INIT_ENTRY MPY_INIT_ENTRY
#define MP_DYNRUNTIME_INIT_EXIT MPY_INIT_EXIT
#define MP_DYNRUNTIME_MAKE_FUNCTION(f) MPY_MAKE_FUNCTION(f)

// Classes.
#define MP_TYPE_FLAG_NONE MPY_TYPE_NONE
#define MP_TYPE_FLAG_EQ_NOT_REFLEXIVE MPY_TYPE_EQ_NOT_REFLEXIVE
#define MP_TYPE_FLAG_EQ_CHECKS_OTHER_TYPE MPY_TYPE_EQ_CHECKS_OTHER_TYPE
#define MP_TYPE_FLAG_EQ_HAS_NEQ_TEST MPY_TYPE_EQ_HAS_NEQ_TEST
#define MP_TYPE_FLAG_BINDS_SELF MPY_TYPE_BINDS_SELF
#define MP_TYPE_FLAG_BUILTIN_FUN MPY_TYPE_BUILTIN_FUN
#if MPYLD_TARGET >= 120
#define MP_TYPE_FLAG_ITER_IS_GETITER MPY_TYPE_ITER_IS_GETITER
#define MP_TYPE_FLAG_ITER_IS_ITERNEXT MPY_TYPE_ITER_IS_ITERNEXT
#define MP_TYPE_FLAG_ITER_IS_CUSTOM MPY_TYPE_ITER_IS_CUSTOM
#define MP_TYPE_FLAG_ITER_IS_STREAM MPY_TYPE_ITER_IS_STREAM
#define MP_OBJ_TYPE_SET_SLOT(t, slot, value, index) MPY_TYPE_SET(t, slot, value, index)
#define MP_OBJ_TYPE_HAS_SLOT(t, slot) MPY_TYPE_HAS(t, slot)
#define MP_OBJ_TYPE_GET_SLOT(t, slot) (MPY_SLOT_TYPE_##slot MPY_TYPE_SLOT((const mpy_type *)(t), slot))
#define MP_OBJ_TYPE_GET_SLOT_OR_NULL(t, slot) (MPY_TYPE_HAS((const mpy_type *)(t), slot) ? MP_OBJ_TYPE_GET_SLOT(t, slot) : NULL)
#define MPY_SLOT_TYPE_make_new (mpy_make_new)(mpy_word)
#define MPY_SLOT_TYPE_print (mpy_print_obj)(mpy_word)
#define MPY_SLOT_TYPE_call (mpy_call)(mpy_word)
#define MPY_SLOT_TYPE_unary_op (mpy_unary)(mpy_word)
#define MPY_SLOT_TYPE_binary_op (mpy_binary)(mpy_word)
#define MPY_SLOT_TYPE_attr (mpy_attr)(mpy_word)
#define MPY_SLOT_TYPE_subscr (mpy_subscr)(mpy_word)
#define MPY_SLOT_TYPE_iter
#define MPY_SLOT_TYPE_buffer (mpy_get_buffer_of)(mpy_word)
#define MPY_SLOT_TYPE_protocol
#define MPY_SLOT_TYPE_parent
#define MPY_SLOT_TYPE_locals_dict (mpy_dict *)(mpy_word)
#endif
#define mp_type_NoneType (*mp_fun_table.obj_get_type(mp_const_none))
#define mp_type_bool (*mp_fun_table.obj_get_type(mp_const_false))
#define mp_type_int (*mpy_type_of_name(MPY_Q_int))
#define mp_type_bytes (*mpy_type_of_name(MPY_Q_bytes))
#define mp_type_bytearray (*mpy_type_of_name(MPY_Q_bytearray))
#define mp_type_tuple (*mpy_type_of_name(MPY_Q_tuple))
#define mp_type_AttributeError (*mpy_type_of_name(MPY_Q_AttributeError))
#define mp_type_EOFError (*mpy_type_of_name(MPY_Q_EOFError))
#define mp_type_IndexError (*mpy_type_of_name(MPY_Q_IndexError))
#define mp_type_KeyError (*mpy_type_of_name(MPY_Q_KeyError))
#define mp_type_MemoryError (*mpy_type_of_name(MPY_Q_MemoryError))
#define mp_type_NotImplementedError (*mpy_type_of_name(MPY_Q_NotImplementedError))
#define mp_type_OSError (*mpy_type_of_name(MPY_Q_OSError))
#define mp_type_OverflowError (*mpy_type_of_name(MPY_Q_OverflowError))
#define mp_type_RuntimeError (*mpy_type_of_name(MPY_Q_RuntimeError))
#define mp_type_StopIteration (*mpy_type_of_name(MPY_Q_StopIteration))
#define mp_type_TypeError (*mpy_type_of_name(MPY_Q_TypeError))
#define mp_type_ValueError (*mpy_type_of_name(MPY_Q_ValueError))
#define mp_type_ZeroDivisionError (*mpy_type_of_name(MPY_Q_ZeroDivisionError))

// Exceptions.
#define mp_raise_msg(type, text) mpy_raise_msg((const mpy_type *)(type), text)
#define mp_raise_type(type) mpy_raise_obj((mp_obj_t)(mpy_word)(type))
#define mp_raise_ValueError(text) mpy_raise(MPY_Q_ValueError, text)
#define mp_raise_TypeError(text) mpy_raise(MPY_Q_TypeError, text)
#define mp_raise_NotImplementedError(text) mpy_raise(MPY_Q_NotImplementedError, text)
#define mp_raise_OSError(number) mpy_raise_os_error(number)
#define mp_raise_type_arg(type, arg) mpy_raise_obj(mp_obj_new_exception_arg1(type, arg))
#define mp_obj_new_exception(type) ((mp_obj_t)(mpy_word)(type)) // raising a class makes the instance
#define mp_obj_new_exception_arg1(type, arg) mp_call_function_1((mp_obj_t)(mpy_word)(type), arg)
#define nlr_raise(o) mpy_raise_obj(o)
#define m_malloc_fail(n) mpy_raise(MPY_Q_MemoryError, "memory allocation failed")
#if MPYLD_TARGET >= 123
#define mp_obj_exception_make_new MP_OBJ_TYPE_GET_SLOT(mp_fun_table.type_Exception, make_new)
#define mp_obj_exception_print MP_OBJ_TYPE_GET_SLOT(mp_fun_table.type_Exception, print)
#define mp_obj_exception_attr MP_OBJ_TYPE_GET_SLOT(mp_fun_table.type_Exception, attr)
static inline void mp_obj_exception_init(mpy_class *type, mpy_qstr name, const mpy_type *base) {
    type->base.type = mp_fun_table.type_type;
    type->flags = MPY_TYPE_NONE;
    type->name = (uint16_t)name;
    MPY_TYPE_SET(type, make_new, mp_obj_exception_make_new, 0);
    MPY_TYPE_SET(type, print, mp_obj_exception_print, 1);
    MPY_TYPE_SET(type, attr, mp_obj_exception_attr, 2);
    MPY_TYPE_SET(type, parent, base, 3);
}
#endif

// Floats.
#define mp_obj_new_float_from_f(x) mp_fun_table.obj_new_float_from_f(x)
#define mp_obj_new_float_from_d(x) mp_fun_table.obj_new_float_from_d(x)
#define mp_obj_get_float_to_f(o) mp_fun_table.obj_get_float_to_f(o)
#define mp_obj_get_float_to_d(o) mp_fun_table.obj_get_float_to_d(o)
#if MICROPY_FLOAT_IMPL != MICROPY_FLOAT_IMPL_NONE
#define MICROPY_PY_BUILTINS_FLOAT 1
typedef mpy_float mp_float_t;
#define mp_obj_new_float(x) mpy_new_float(x)
#define mp_obj_get_float(o) mpy_get_float(o)
#if MICROPY_FLOAT_IMPL == MICROPY_FLOAT_IMPL_FLOAT
#define MICROPY_FLOAT_CONST(x) x##f
#define MICROPY_FLOAT_C_FUN(f) f##f
#else
#define MICROPY_FLOAT_CONST(x) x
#define MICROPY_FLOAT_C_FUN(f) f
#endif
#else
#define MICROPY_PY_BUILTINS_FLOAT 0
#endif

// Operations.
enum {
    MP_UNARY_OP_POSITIVE, MP_UNARY_OP_NEGATIVE, MP_UNARY_OP_INVERT, MP_UNARY_OP_NOT, MP_UNARY_OP_BOOL, MP_UNARY_OP_LEN,
    MP_UNARY_OP_HASH, MP_UNARY_OP_ABS, MP_UNARY_OP_INT
};
enum {
    MP_BINARY_OP_LESS, MP_BINARY_OP_MORE, MP_BINARY_OP_EQUAL, MP_BINARY_OP_LESS_EQUAL, MP_BINARY_OP_MORE_EQUAL, MP_BINARY_OP_NOT_EQUAL,
    MP_BINARY_OP_IN, MP_BINARY_OP_IS, MP_BINARY_OP_EXCEPTION_MATCH,
    MP_BINARY_OP_INPLACE_OR, MP_BINARY_OP_INPLACE_XOR, MP_BINARY_OP_INPLACE_AND, MP_BINARY_OP_INPLACE_LSHIFT,
    MP_BINARY_OP_INPLACE_RSHIFT, MP_BINARY_OP_INPLACE_ADD, MP_BINARY_OP_INPLACE_SUBTRACT, MP_BINARY_OP_INPLACE_MULTIPLY,
    MP_BINARY_OP_INPLACE_MAT_MULTIPLY, MP_BINARY_OP_INPLACE_FLOOR_DIVIDE, MP_BINARY_OP_INPLACE_TRUE_DIVIDE,
    MP_BINARY_OP_INPLACE_MODULO, MP_BINARY_OP_INPLACE_POWER,
    MP_BINARY_OP_OR, MP_BINARY_OP_XOR, MP_BINARY_OP_AND, MP_BINARY_OP_LSHIFT, MP_BINARY_OP_RSHIFT, MP_BINARY_OP_ADD,
    MP_BINARY_OP_SUBTRACT, MP_BINARY_OP_MULTIPLY, MP_BINARY_OP_MAT_MULTIPLY, MP_BINARY_OP_FLOOR_DIVIDE, MP_BINARY_OP_TRUE_DIVIDE,
    MP_BINARY_OP_MODULO, MP_BINARY_OP_POWER, MP_BINARY_OP_DIVMOD, MP_BINARY_OP_CONTAINS
};

#endif // MPYLD_NO_ALIASES
#endif
