//! mpyld.rs: what a native module in Rust can know of MicroPython. Written by mpyld header --lang rust;
//! needs nothing but core. Rust 1.63 or later.
//!
//! The environment variable MPYLD_TARGET of the compiler says whom the module is for: 124 for
//! MicroPython 1.24, 11002 for CircuitPython 10.2. mpyld build sets it. What is compiled for a release works on
//! those with the same ABI (mpyld targets).
//!
//! A module with one function, answer():
//!
//! ```
//! #![no_std]
//! mod mpyld;
//! use mpyld::*;
//!
//! extern "C" fn answer() -> Obj {
//!     Obj::int(42)
//! }
//! fun!(ANSWER, 0, answer);
//!
//! fn init(module: Module) {
//!     module.store("answer", &ANSWER);
//! }
//! module!(init);
//! ```
//!
//! Names are text here, so there is no config header: they are looked up when they are used. Those that a
//! loop uses are best looked up before it.
//!
//! "Raises" means that a call does not come back: the firmware unwinds to the innermost catch, or to the try statement
//! around the call of the module. Nothing of the Rust functions between runs, no drop either. An object is owned by
//! nobody: the collector frees it when no word on the stack, on the firmware's heap or in the module's variables points
//! at its start.
#![allow(dead_code, unused_macros, non_upper_case_globals, non_snake_case)]

/// The release that this is compiled for.
pub const TARGET: u32 = match option_env!("MPYLD_TARGET") {
    Some(text) => number(text),
    None => 130, // MicroPython 1.30-preview
};

const fn number(text: &str) -> u32 {
    let digits = text.as_bytes();
    let (mut n, mut i) = (0, 0);
    while i < digits.len() {
        n = n * 10 + (digits[i] - b'0') as u32;
        i += 1;
    }
    n
}

/// An object of Python: a tagged word. Bit 0 set: an int. Bits 10: a name. Bits 00: a pointer to what starts with a
/// Base. 0 is no object.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Obj(pub *const ());

unsafe impl Sync for Obj {}

/// The number of a name that the firmware has.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Qstr(pub usize);

/// No object, and "no value" where that has a meaning of its own.
pub const NULL: Obj = Obj(core::ptr::null());
pub const SENTINEL: Obj = Obj(4 as *const ());

/// Kinds of values for raw::native_from_obj and native_to_obj.
pub const KIND_OBJ: usize = 0;
pub const KIND_BOOL: usize = 1;
pub const KIND_INT: usize = 2;
pub const KIND_UINT: usize = 3;

/// Flags of buffers.
pub const READ: usize = 1;
pub const WRITE: usize = 2;
const RAISE: usize = 4;

/// Names with the same number in every release.
pub mod qstr {
    use super::Qstr;
    pub const bytearray: Qstr = Qstr(64);
    pub const bytes: Qstr = Qstr(66);
    pub const int: Qstr = Qstr(94);
    pub const len: Qstr = Qstr(107);
    pub const tuple: Qstr = Qstr(157);
    pub const ArithmeticError: Qstr = Qstr(30);
    pub const AttributeError: Qstr = Qstr(32);
    pub const EOFError: Qstr = Qstr(34);
    pub const Exception: Qstr = Qstr(36);
    pub const IndexError: Qstr = Qstr(40);
    pub const KeyError: Qstr = Qstr(41);
    pub const MemoryError: Qstr = Qstr(44);
    pub const NotImplementedError: Qstr = Qstr(47);
    pub const OSError: Qstr = Qstr(48);
    pub const OverflowError: Qstr = Qstr(49);
    pub const RuntimeError: Qstr = Qstr(50);
    pub const StopIteration: Qstr = Qstr(51);
    pub const TypeError: Qstr = Qstr(54);
    pub const ValueError: Qstr = Qstr(55);
    pub const ZeroDivisionError: Qstr = Qstr(56);
    pub const getattr: Qstr = Qstr(87);
    pub const setattr: Qstr = Qstr(141);
}

/// A class.
#[repr(C)]
pub struct Type {
    _private: [u8; 0],
}

/// A dict.
#[repr(C)]
pub struct Dict {
    _private: [u8; 0],
}

/// Keyword arguments.
#[repr(C)]
pub struct Map {
    _private: [u8; 0],
}

/// What every object behind a pointer starts with.
#[repr(C)]
pub struct Base {
    pub kind: *const Type,
}

/// A list, as it is in memory.
#[repr(C)]
struct List {
    base: Base,
    alloc: usize,
    len: usize,
    items: *const Obj,
}

/// A tuple: len objects behind it.
#[repr(C)]
struct Tuple {
    base: Base,
    len: usize,
}

/// The memory of an object.
#[repr(C)]
pub struct Buffer {
    pub buf: *mut u8,
    pub len: usize,
    pub typecode: i32,
}

/// An iteration.
#[repr(C)]
pub struct Iter {
    base: Base,
    more: [Obj; 3],
}

/// Where text goes.
#[repr(C)]
pub struct Print {
    pub data: *mut (),
    pub print_strn: unsafe extern "C" fn(*mut (), *const u8, usize),
}

/// An argument of raw::arg_parse_all, and the value it got.
#[repr(C)]
pub struct Arg {
    pub qst: u16,
    pub flags: u16,
    pub defval: ArgValue,
}

#[repr(C)]
pub union ArgValue {
    pub u_bool: bool,
    pub u_int: isize,
    pub u_obj: Obj,
}

/// The module that a function belongs to.
#[repr(C)]
pub struct Context {
    base: Base,
    globals: *mut Dict,
}

/// What mpy_init gets as itself: a function object.
#[repr(C)]
pub struct Function {
    base: Base,
    context: *const Context, // before 1.19 the globals themselves
    more: [*const (); 2],
}

/// Native code, for raw::make_function_from_proto_fun.
#[repr(C)]
pub struct RawCode {
    pub words: [usize; 9], // they differ between releases
}

/// Room for what an exception needs to find its way back.
#[repr(C)]
pub struct Nlr {
    prev: *mut (),
    ret_val: Obj,
    regs: [u64; 32],
}

/// A function as an object: see fun!.
#[repr(C)]
pub struct Fun {
    pub base: Base,
    pub code: *const (),
}

/// One that takes any number of arguments: see fun!.
#[repr(C)]
pub struct FunVar {
    pub base: Base,
    pub sig: u32,
    pub code: *const (),
}

unsafe impl Sync for Fun {}
unsafe impl Sync for FunVar {}

extern "C" {
    static mp_fun_table: [*const (); 0];
    pub static mp_type_fun_builtin_0: Type;
    pub static mp_type_fun_builtin_1: Type;
    pub static mp_type_fun_builtin_2: Type;
    pub static mp_type_fun_builtin_3: Type;
    pub static mp_type_fun_builtin_var: Type;
}

/// fun!(NAME, n, f): the static NAME is a function object that calls f with n objects; n is 0 to 3. fun!(NAME, min..max, f)
/// calls f(n, args) with at least min and at most max.
macro_rules! fun {
    ($name:ident, 0, $f:expr) => {
        fun!(@ $name, mp_type_fun_builtin_0, extern "C" fn() -> $crate::mpyld::Obj, $f);
    };
    ($name:ident, 1, $f:expr) => {
        fun!(@ $name, mp_type_fun_builtin_1, extern "C" fn($crate::mpyld::Obj) -> $crate::mpyld::Obj, $f);
    };
    ($name:ident, 2, $f:expr) => {
        fun!(@ $name, mp_type_fun_builtin_2, extern "C" fn($crate::mpyld::Obj, $crate::mpyld::Obj) -> $crate::mpyld::Obj, $f);
    };
    ($name:ident, 3, $f:expr) => {
        fun!(@ $name, mp_type_fun_builtin_3, extern "C" fn($crate::mpyld::Obj, $crate::mpyld::Obj, $crate::mpyld::Obj) -> $crate::mpyld::Obj, $f);
    };
    ($name:ident, $min:literal .. $max:literal, $f:expr) => {
        const _: extern "C" fn(usize, *const $crate::mpyld::Obj) -> $crate::mpyld::Obj = $f;
        static $name: $crate::mpyld::FunVar = $crate::mpyld::FunVar {
            base: $crate::mpyld::Base { kind: unsafe { &$crate::mpyld::mp_type_fun_builtin_var } },
            sig: ($min as u32) << 17 | ($max as u32) << 1,
            code: $f as *const (),
        };
    };
    (@ $name:ident, $kind:ident, $type:ty, $f:expr) => {
        const _: $type = $f;
        static $name: $crate::mpyld::Fun = $crate::mpyld::Fun {
            base: $crate::mpyld::Base { kind: unsafe { &$crate::mpyld::$kind } },
            code: $f as *const (),
        };
    };
}

/// module!(init): importing the module calls init(Module). A panic is RuntimeError.
macro_rules! module {
    ($init:path) => {
        #[no_mangle]
        pub extern "C" fn mpy_init(me: &$crate::mpyld::Function, _n_args: usize, _n_kw: usize, _args: *const $crate::mpyld::Obj) -> $crate::mpyld::Obj {
            $crate::mpyld::import(me, $init)
        }

        #[panic_handler]
        fn panic(_: &core::panic::PanicInfo) -> ! {
            $crate::mpyld::raise($crate::mpyld::qstr::RuntimeError, "Rust code panicked")
        }
    };
}
#[allow(unused_imports)]
pub(crate) use {fun, module};

/// What module! calls.
pub fn import(me: &Function, init: fn(Module)) -> Obj {
    let globals = if TARGET < 119 { me.context as *mut Dict } else { unsafe { (*me.context).globals } };
    unsafe {
        let old = raw::swap_globals(globals);
        init(Module(globals));
        raw::swap_globals(old);
    }
    Obj::none()
}

/// The module being imported.
#[derive(Clone, Copy)]
pub struct Module(*mut Dict);

impl Module {
    /// The module has a name.
    pub fn store(self, name: &str, value: impl Into<Obj>) {
        unsafe { raw::dict_store(Obj(self.0 as *const ()), intern(name), value.into()) };
    }
}

impl From<&'static Fun> for Obj {
    fn from(f: &'static Fun) -> Obj {
        Obj(f as *const Fun as *const ())
    }
}

impl From<&'static FunVar> for Obj {
    fn from(f: &'static FunVar) -> Obj {
        Obj(f as *const FunVar as *const ())
    }
}

impl From<isize> for Obj {
    fn from(i: isize) -> Obj {
        Obj::int(i)
    }
}

impl From<&str> for Obj {
    fn from(text: &str) -> Obj {
        Obj::str(text)
    }
}

/// A name as the object that the firmware has for it, so that dicts find it fast.
pub fn intern(name: &str) -> Obj {
    let mut obj = Obj::str(name);
    if obj.0 as usize & 3 != 2 {
        // getattr makes it a name, and a str of the same text is the name then.
        global(qstr::getattr).call(&[Obj::none(), obj, Obj::none()]);
        obj = Obj::str(name);
    }
    obj
}

/// A global or built-in name, such as qstr::ValueError. Raises NameError.
pub fn global(name: Qstr) -> Obj {
    unsafe { raw::load_global(name) }
}

/// Values and what can be done with objects. Where a function wants a kind of object and gets another, it raises TypeError.
impl Obj {
    pub fn none() -> Obj {
        raw::const_none()
    }
    pub fn bool(b: bool) -> Obj {
        if b { raw::const_true() } else { raw::const_false() }
    }
    pub fn int(i: isize) -> Obj {
        unsafe { raw::native_to_obj(i as usize, KIND_INT) }
    }
    pub fn uint(i: usize) -> Obj {
        unsafe { raw::native_to_obj(i, KIND_UINT) }
    }
    pub fn float(x: f32) -> Obj {
        unsafe { raw::obj_new_float_from_f(x) }
    }
    pub fn double(x: f64) -> Obj {
        unsafe { raw::obj_new_float_from_d(x) }
    }
    /// A copy of the text.
    pub fn str(text: &str) -> Obj {
        unsafe { raw::obj_new_str(text.as_ptr(), text.len()) }
    }
    /// A copy of the bytes.
    pub fn bytes(data: &[u8]) -> Obj {
        unsafe { raw::obj_new_bytes(data.as_ptr(), data.len()) }
    }
    pub fn tuple(items: &[Obj]) -> Obj {
        unsafe { raw::new_tuple(items.len(), items.as_ptr()) }
    }
    pub fn list(items: &[Obj]) -> Obj {
        unsafe { raw::new_list(items.len(), items.as_ptr() as *mut Obj) }
    }
    pub fn dict() -> Obj {
        unsafe { raw::new_dict(0) }
    }
    pub fn is_none(self) -> bool {
        self == Obj::none()
    }
    /// The low word of an int.
    pub fn to_int(self) -> isize {
        unsafe { raw::native_from_obj(self, KIND_INT) as isize }
    }
    pub fn to_float(self) -> f32 {
        unsafe { raw::obj_get_float_to_f(self) }
    }
    pub fn to_double(self) -> f64 {
        unsafe { raw::obj_get_float_to_d(self) }
    }
    pub fn is_true(self) -> bool {
        unsafe { raw::obj_is_true(self) }
    }
    fn buffer(self, flags: usize) -> Buffer {
        let mut b = Buffer { buf: core::ptr::null_mut(), len: 0, typecode: 0 };
        unsafe {
            if TARGET >= 122 {
                raw::get_buffer(self, &mut b, flags | RAISE);
            } else {
                raw::get_buffer_raise(self, &mut b, flags);
            }
        }
        if b.len == 0 {
            b.buf = core::ptr::NonNull::dangling().as_ptr();
        }
        b
    }
    /// The bytes of a str, bytes, bytearray or array. They belong to the object, which must live and not be resized or
    /// written to while they are used.
    pub fn as_bytes<'a>(self) -> &'a [u8] {
        let b = self.buffer(READ);
        unsafe { core::slice::from_raw_parts(b.buf, b.len) }
    }
    /// The same to write to: a bytearray or array. Nobody else may use them meanwhile.
    pub fn as_mut_bytes<'a>(self) -> &'a mut [u8] {
        let b = self.buffer(WRITE);
        unsafe { core::slice::from_raw_parts_mut(b.buf, b.len) }
    }
    /// The text of a str.
    pub fn as_str<'a>(self) -> &'a str {
        if unsafe { raw::obj_get_type(self) } != raw::type_str() {
            raise(qstr::TypeError, "expected a str");
        }
        unsafe { core::str::from_utf8_unchecked(self.as_bytes()) }
    }
    /// The objects of a list or tuple, which must not change meanwhile.
    pub fn as_slice<'a>(self) -> &'a [Obj] {
        let kind = unsafe { raw::obj_get_type(self) };
        unsafe {
            if kind == raw::type_list() {
                let list = self.0 as *const List;
                core::slice::from_raw_parts((*list).items, (*list).len)
            } else if kind as *const () == global(qstr::tuple).0 {
                let tuple = self.0 as *const Tuple;
                core::slice::from_raw_parts(tuple.add(1) as *const Obj, (*tuple).len)
            } else {
                raise(qstr::TypeError, "expected a list or tuple")
            }
        }
    }
    /// Calls it. Raises what it raises.
    pub fn call(self, args: &[Obj]) -> Obj {
        unsafe { raw::call_function_n_kw(self, args.len(), args.as_ptr()) }
    }
    /// self.name, which may be a method to call. Raises AttributeError.
    pub fn attr(self, name: &str) -> Obj {
        global(qstr::getattr).call(&[self, Obj::str(name)])
    }
    /// self\[index\]. Raises IndexError, KeyError.
    pub fn item(self, index: impl Into<Obj>) -> Obj {
        unsafe { raw::obj_subscr(self, index.into(), SENTINEL) }
    }
    /// self\[index\] = value.
    pub fn set_item(self, index: impl Into<Obj>, value: impl Into<Obj>) {
        unsafe { raw::obj_subscr(self, index.into(), value.into()) };
    }
    /// list.append. The object must be a list.
    pub fn append(self, item: impl Into<Obj>) {
        unsafe { raw::list_append(self, item.into()) };
    }
    pub fn len(self) -> usize {
        global(qstr::len).call(&[self]).to_int() as usize
    }
}

/// Raises an exception of a class by its name, with a copy of the text.
#[inline(never)]
pub fn raise(class: Qstr, text: &str) -> ! {
    raise_obj(global(class).call(&[Obj::str(text)]))
}

/// Raises an instance or class.
pub fn raise_obj(exception: Obj) -> ! {
    loop {
        unsafe { raw::raise(exception) };
    }
}

/// Calls f. Ok: what it returned; Err: the exception that it raised, an instance. What f has in hand then is not
/// dropped.
pub fn catch<F: FnOnce() -> Obj>(f: F) -> Result<Obj, Obj> {
    extern "C" fn run<F: FnOnce() -> Obj>(f: *mut ()) -> Obj {
        unsafe { (*(f as *mut Option<F>)).take() }.map_or(NULL, |f| f())
    }
    let mut f = Some(f);
    let mut result = NULL;
    if unsafe { protected(run::<F>, &mut f as *mut Option<F> as *mut (), &mut result) } {
        Ok(result)
    } else {
        Err(result)
    }
}

/// nlr_push returns twice, of which the compiler knows nothing: what is needed after the second return is in memory.
#[inline(never)]
unsafe fn protected(f: extern "C" fn(*mut ()) -> Obj, arg: *mut (), result: *mut Obj) -> bool {
    let mut buf = core::mem::MaybeUninit::<Nlr>::uninit();
    let mut out = result;
    let place = &mut out as *mut *mut Obj;
    place.write_volatile(result);
    let mut raised = raw::nlr_push(buf.as_mut_ptr());
    if raised == 0 && !raw::setjmp_().is_null() {
        // This firmware has made C's own setjmp of nlr_push, which has to be called from here.
        let setjmp: unsafe extern "C" fn(*mut u64) -> i32 = core::mem::transmute(raw::setjmp_());
        raised = setjmp(core::ptr::addr_of_mut!((*buf.as_mut_ptr()).regs) as *mut u64) as u32;
    }
    let to = place.read_volatile();
    if raised != 0 {
        to.write(core::ptr::addr_of!((*buf.as_ptr()).ret_val).read_volatile());
        return false;
    }
    to.write(f(arg));
    raw::nlr_pop();
    true
}

/// Memory of the firmware's allocator, for a #\[global_allocator\] of a crate that uses alloc: static HEAP: Heap = Heap;
pub struct Heap;

unsafe impl core::alloc::GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: core::alloc::Layout) -> *mut u8 {
        if layout.align() > core::mem::size_of::<usize>() {
            return core::ptr::null_mut();
        }
        raw::realloc_(core::ptr::null_mut(), layout.size(), false) as *mut u8
    }
    unsafe fn dealloc(&self, p: *mut u8, _: core::alloc::Layout) {
        raw::realloc_(p as *mut (), 0, false);
    }
    unsafe fn realloc(&self, p: *mut u8, _: core::alloc::Layout, size: usize) -> *mut u8 {
        raw::realloc_(p as *mut (), size, true) as *mut u8
    }
}

/// mp_fun_table: what the firmware lends to modules. The numbers are places in it.
pub mod raw {
    use super::*;

    const ABSENT: usize = usize::MAX;

    /// A word of the table, as what it is. A module that is compiled for a release without it raises RuntimeError.
    #[inline(always)]
    unsafe fn entry<T: Copy>(k: usize) -> T {
        if k == ABSENT {
            super::raise(qstr::RuntimeError, "this firmware has no such function");
        }
        core::mem::transmute_copy(&*core::ptr::addr_of!(mp_fun_table).cast::<*const ()>().add(k))
    }

    /// `[0]`: The object None.
    #[inline(always)]
    pub fn const_none() -> Obj {
        unsafe { entry(0) }
    }

    /// `[1]`: The object False.
    #[inline(always)]
    pub fn const_false() -> Obj {
        unsafe { entry(1) }
    }

    /// `[2]`: The object True.
    #[inline(always)]
    pub fn const_true() -> Obj {
        unsafe { entry(2) }
    }

    /// `[3]`: The C value of an object. kind is one of KIND_: of an int the low word (no error if there is more), the
    /// truth of an object, or for KIND_PTR the address of its buffer, else its int as an address. Raises TypeError if
    /// the object is no int.
    #[inline(always)]
    pub unsafe fn native_from_obj(obj: Obj, kind: usize) -> usize {
        entry::<unsafe extern "C" fn(Obj, usize) -> usize>(3)(obj, kind)
    }

    /// `[4]`: An object for a C value. kind is one of KIND_; KIND_QSTR since 1.21 only. Raises MemoryError if an int
    /// needs room on the heap and there is none.
    #[inline(always)]
    pub unsafe fn native_to_obj(value: usize, kind: usize) -> Obj {
        entry::<unsafe extern "C" fn(usize, usize) -> Obj>(4)(value, kind)
    }

    /// `[5]`: Makes a dict the global names and returns the one that was, or null if they are the same; null changes
    /// nothing. init wants those of the module (INIT_ENTRY).
    #[inline(always)]
    pub unsafe fn swap_globals(globals: *mut Dict) -> *mut Dict {
        entry::<unsafe extern "C" fn(*mut Dict) -> *mut Dict>(5)(globals)
    }

    /// `[6]`: What a name means: a local, a global, or a built-in. Raises NameError.
    #[inline(always)]
    pub unsafe fn load_name(name: Qstr) -> Obj {
        entry::<unsafe extern "C" fn(Qstr) -> Obj>(6)(name)
    }

    /// `[7]`: What a global or built-in name means: how a module gets at print, len, ValueError. Raises NameError.
    #[inline(always)]
    pub unsafe fn load_global(name: Qstr) -> Obj {
        entry::<unsafe extern "C" fn(Qstr) -> Obj>(7)(name)
    }

    /// `[8]`: The function behind the class statement: __build_class__(body, name, base...).
    #[inline(always)]
    pub unsafe fn load_build_class() -> Obj {
        entry::<unsafe extern "C" fn() -> Obj>(8)()
    }

    /// `[9]`: obj.name. Raises AttributeError.
    #[inline(always)]
    pub unsafe fn load_attr(obj: Obj, name: Qstr) -> Obj {
        entry::<unsafe extern "C" fn(Obj, Qstr) -> Obj>(9)(obj, name)
    }

    /// `[10]`: Looks up obj.name for a call without making a bound method: two objects are stored, for
    /// call_method_n_kw. The second is null if there is no self to pass. Raises AttributeError.
    #[inline(always)]
    pub unsafe fn load_method(obj: Obj, name: Qstr, method_and_self: *mut Obj) {
        entry::<unsafe extern "C" fn(Obj, Qstr, *mut Obj)>(10)(obj, name, method_and_self)
    }

    /// `[11]`: The same for super().name. On entry `[1]` is the class and `[2]` the object.
    #[inline(always)]
    pub unsafe fn load_super_method(name: Qstr, method_and_self: *mut Obj) {
        entry::<unsafe extern "C" fn(Qstr, *mut Obj)>(11)(name, method_and_self)
    }

    /// `[12]`: name = value among the locals.
    #[inline(always)]
    pub unsafe fn store_name(name: Qstr, value: Obj) {
        entry::<unsafe extern "C" fn(Qstr, Obj)>(12)(name, value)
    }

    /// `[13]`: name = value among the globals: what init offers to those who import the module.
    #[inline(always)]
    pub unsafe fn store_global(name: Qstr, value: Obj) {
        entry::<unsafe extern "C" fn(Qstr, Obj)>(13)(name, value)
    }

    /// `[14]`: obj.name = value; value null deletes. Raises AttributeError.
    #[inline(always)]
    pub unsafe fn store_attr(obj: Obj, name: Qstr, value: Obj) {
        entry::<unsafe extern "C" fn(Obj, Qstr, Obj)>(14)(obj, name, value)
    }

    /// `[15]`: obj`[index]` for value SENTINEL, del obj`[index]` for null, else obj`[index]` = value. Raises
    /// IndexError, KeyError or TypeError.
    #[inline(always)]
    pub unsafe fn obj_subscr(obj: Obj, index: Obj, value: Obj) -> Obj {
        entry::<unsafe extern "C" fn(Obj, Obj, Obj) -> Obj>(15)(obj, index, value)
    }

    /// `[16]`: bool(obj).
    #[inline(always)]
    pub unsafe fn obj_is_true(obj: Obj) -> bool {
        entry::<unsafe extern "C" fn(Obj) -> bool>(16)(obj)
    }

    /// `[17]`: An operation on one object, of UNARY_. Raises TypeError.
    #[inline(always)]
    pub unsafe fn unary_op(op: i32, obj: Obj) -> Obj {
        entry::<unsafe extern "C" fn(i32, Obj) -> Obj>(17)(op, obj)
    }

    /// `[18]`: An operation on two objects, of BINARY_. Raises TypeError, ZeroDivisionError and what the objects'
    /// methods raise.
    #[inline(always)]
    pub unsafe fn binary_op(op: i32, left: Obj, right: Obj) -> Obj {
        entry::<unsafe extern "C" fn(i32, Obj, Obj) -> Obj>(18)(op, left, right)
    }

    /// `[19]`: A tuple with a copy of n objects. items null leaves them for the caller to fill in, all of them before
    /// anything else is called. Raises MemoryError.
    #[inline(always)]
    pub unsafe fn new_tuple(n: usize, items: *const Obj) -> Obj {
        entry::<unsafe extern "C" fn(usize, *const Obj) -> Obj>(19)(n, items)
    }

    /// `[20]`: A list with a copy of n objects. items null leaves them for the caller to fill in (list), all of them
    /// before anything else is called. Raises MemoryError.
    #[inline(always)]
    pub unsafe fn new_list(n: usize, items: *mut Obj) -> Obj {
        entry::<unsafe extern "C" fn(usize, *mut Obj) -> Obj>(20)(n, items)
    }

    /// `[21]`: An empty dict with room for some items; it grows. Raises MemoryError.
    #[inline(always)]
    pub unsafe fn new_dict(room: usize) -> Obj {
        entry::<unsafe extern "C" fn(usize) -> Obj>(21)(room)
    }

    /// `[22]`: A set of n objects. Raises TypeError for one without hash; RuntimeError where the firmware has no
    /// sets.
    #[inline(always)]
    pub unsafe fn new_set(n: usize, items: *mut Obj) -> Obj {
        entry::<unsafe extern "C" fn(usize, *mut Obj) -> Obj>(22)(n, items)
    }

    /// `[23]`: set.add(item).
    #[inline(always)]
    pub unsafe fn set_store(set: Obj, item: Obj) {
        entry::<unsafe extern "C" fn(Obj, Obj)>(23)(set, item)
    }

    /// `[24]`: list.append(item), which is None. The object must be a list: that is not checked. Raises MemoryError.
    #[inline(always)]
    pub unsafe fn list_append(list: Obj, item: Obj) -> Obj {
        entry::<unsafe extern "C" fn(Obj, Obj) -> Obj>(24)(list, item)
    }

    /// `[25]`: dict`[key]` = value; returns the dict. The object must be a dict: that is not checked. Raises
    /// TypeError for a key without hash, MemoryError.
    #[inline(always)]
    pub unsafe fn dict_store(dict: Obj, key: Obj, value: Obj) -> Obj {
        entry::<unsafe extern "C" fn(Obj, Obj, Obj) -> Obj>(25)(dict, key, value)
    }

    /// `[26]`: A function object for native code; defaults may be null. It wants code made by hand.
    #[inline(always)]
    pub unsafe fn make_function_from_proto_fun(code: *const RawCode, context: *const Context, defaults: *const Obj) -> Obj {
        entry::<unsafe extern "C" fn(*const RawCode, *const Context, *const Obj) -> Obj>(if TARGET >= 119 { 26 } else { ABSENT })(code, context, defaults)
    }

    /// `[26]`: A function object for native code; defaults may be null. It wants code made by hand.
    #[inline(always)]
    pub unsafe fn make_function_from_proto_fun_old(code: *const RawCode, defaults: Obj, kw_defaults: Obj) -> Obj {
        entry::<unsafe extern "C" fn(*const RawCode, Obj, Obj) -> Obj>(if TARGET >= 119 { ABSENT } else { 26 })(code, defaults, kw_defaults)
    }

    /// `[27]`: Calls anything callable. args has n_pos objects, then n_kw pairs of name (a qstr as object) and value;
    /// the count is n_pos | n_kw << 8, each at most 255. Raises TypeError and what the function raises.
    #[inline(always)]
    pub unsafe fn call_function_n_kw(fun: Obj, n_pos_and_kw: usize, args: *const Obj) -> Obj {
        entry::<unsafe extern "C" fn(Obj, usize, *const Obj) -> Obj>(27)(fun, n_pos_and_kw, args)
    }

    /// `[28]`: Calls what load_method stored in args`[0]` and `[1]`; the arguments are behind it as in
    /// call_function_n_kw, and self is not counted.
    #[inline(always)]
    pub unsafe fn call_method_n_kw(n_pos: usize, n_kw: usize, args: *const Obj) -> Obj {
        entry::<unsafe extern "C" fn(usize, usize, *const Obj) -> Obj>(28)(n_pos, n_kw, args)
    }

    /// `[29]`: A call with *args and **kw, as compiled code makes it. Its arguments differ between releases.
    #[inline(always)]
    pub unsafe fn call_method_n_kw_var(have_self: bool, n_pos_and_kw: usize, args: *const Obj) -> Obj {
        entry::<unsafe extern "C" fn(bool, usize, *const Obj) -> Obj>(29)(have_self, n_pos_and_kw, args)
    }

    /// `[30]`: Starts an iteration over an object in an iter of the caller's; the result is null. With iter null it
    /// is iter(obj). Raises TypeError.
    #[inline(always)]
    pub unsafe fn getiter(obj: Obj, iter: *mut Iter) -> Obj {
        entry::<unsafe extern "C" fn(Obj, *mut Iter) -> Obj>(30)(obj, iter)
    }

    /// `[31]`: The next object of an iteration; null at its end. Raises what the iterator raises.
    #[inline(always)]
    pub unsafe fn iternext(iter: *mut Iter) -> Obj {
        entry::<unsafe extern "C" fn(*mut Iter) -> Obj>(31)(iter)
    }

    /// `[32]`: Begins to catch exceptions. It returns twice like setjmp, so use catch.
    #[inline(always)]
    pub unsafe fn nlr_push(buf: *mut Nlr) -> u32 {
        entry::<unsafe extern "C" fn(*mut Nlr) -> u32>(32)(buf)
    }

    /// `[33]`: Ends what nlr_push began. It must be called in the function that called nlr_push, if nothing was
    /// raised.
    #[inline(always)]
    pub unsafe fn nlr_pop() {
        entry::<unsafe extern "C" fn()>(33)()
    }

    /// `[34]`: Raises an exception, given as an instance or a class. Returns only for None and null.
    #[inline(always)]
    pub unsafe fn raise(exception: Obj) {
        entry::<unsafe extern "C" fn(Obj)>(34)(exception)
    }

    /// `[35]`: __import__: names is None or a tuple, level a small int, 0 for an absolute import. Raises ImportError.
    #[inline(always)]
    pub unsafe fn import_name(name: Qstr, names: Obj, level: Obj) -> Obj {
        entry::<unsafe extern "C" fn(Qstr, Obj, Obj) -> Obj>(35)(name, names, level)
    }

    /// `[36]`: from module import name. Raises ImportError.
    #[inline(always)]
    pub unsafe fn import_from(module: Obj, name: Qstr) -> Obj {
        entry::<unsafe extern "C" fn(Obj, Qstr) -> Obj>(36)(module, name)
    }

    /// `[37]`: from module import *, into the globals.
    #[inline(always)]
    pub unsafe fn import_all(module: Obj) {
        entry::<unsafe extern "C" fn(Obj)>(37)(module)
    }

    /// `[38]`: slice(start, stop, step), each an object or None. RuntimeError where the firmware has no slices.
    #[inline(always)]
    pub unsafe fn new_slice(start: Obj, stop: Obj, step: Obj) -> Obj {
        entry::<unsafe extern "C" fn(Obj, Obj, Obj) -> Obj>(38)(start, stop, step)
    }

    /// `[39]`: Stores the n items of an iterable, the last one first. Raises ValueError if it has more or fewer.
    #[inline(always)]
    pub unsafe fn unpack_sequence(seq: Obj, n: usize, items: *mut Obj) {
        entry::<unsafe extern "C" fn(Obj, usize, *mut Obj)>(39)(seq, n, items)
    }

    /// `[40]`: a, *b, c = seq: n is the number before the starred one | the number behind it << 8. The last one is
    /// stored first.
    #[inline(always)]
    pub unsafe fn unpack_ex(seq: Obj, n: usize, items: *mut Obj) {
        entry::<unsafe extern "C" fn(Obj, usize, *mut Obj)>(40)(seq, n, items)
    }

    /// `[41]`: del name among the locals. Raises NameError.
    #[inline(always)]
    pub unsafe fn delete_name(name: Qstr) {
        entry::<unsafe extern "C" fn(Qstr)>(41)(name)
    }

    /// `[42]`: del name among the globals. Raises NameError.
    #[inline(always)]
    pub unsafe fn delete_global(name: Qstr) {
        entry::<unsafe extern "C" fn(Qstr)>(42)(name)
    }

    /// `[43]`: A function that passes n objects to fun in front of its arguments.
    #[inline(always)]
    pub unsafe fn new_closure(fun: Obj, n: usize, cells: *const Obj) -> Obj {
        entry::<unsafe extern "C" fn(Obj, usize, *const Obj) -> Obj>(if TARGET >= 119 { 43 } else { ABSENT })(fun, n, cells)
    }

    /// `[43]`: A function object over raw code and n cells, as compiled code makes it.
    #[inline(always)]
    pub unsafe fn new_closure_old(code: *const RawCode, n: usize, cells: *const Obj) -> Obj {
        entry::<unsafe extern "C" fn(*const RawCode, usize, *const Obj) -> Obj>(if TARGET >= 119 { ABSENT } else { 43 })(code, n, cells)
    }

    /// `[44]`: Checks the number of arguments against SIG(at least, at most, takes keywords). Raises TypeError.
    #[inline(always)]
    pub unsafe fn arg_check_num_sig(n_pos: usize, n_kw: usize, sig: u32) {
        entry::<unsafe extern "C" fn(usize, usize, u32)>(44)(n_pos, n_kw, sig)
    }

    /// `[45]`: For machine code that the firmware's compiler made.
    #[inline(always)]
    pub unsafe fn setup_code_state_native(state: *mut (), n_pos: usize, n_kw: usize, args: *const Obj) {
        entry::<unsafe extern "C" fn(*mut (), usize, usize, *const Obj)>(45)(state, n_pos, n_kw, args)
    }

    /// `[46]`: num // denom as Python has it, of small ints. denom must not be 0.
    #[inline(always)]
    pub unsafe fn small_int_floor_divide(num: isize, denom: isize) -> isize {
        entry::<unsafe extern "C" fn(isize, isize) -> isize>(46)(num, denom)
    }

    /// `[47]`: num % denom as Python has it, of small ints. denom must not be 0.
    #[inline(always)]
    pub unsafe fn small_int_modulo(num: isize, denom: isize) -> isize {
        entry::<unsafe extern "C" fn(isize, isize) -> isize>(47)(num, denom)
    }

    /// `[48]`: Resumes a generator. *value is an exception to throw or null, and becomes what it yields (result true)
    /// or returns.
    #[inline(always)]
    pub unsafe fn yield_from(gen: Obj, send: Obj, value: *mut Obj) -> bool {
        entry::<unsafe extern "C" fn(Obj, Obj, *mut Obj) -> bool>(48)(gen, send, value)
    }

    /// `[49]`: The address of setjmp where nlr_push needs it called behind itself, else null; catch knows.
    #[inline(always)]
    pub fn setjmp_() -> *mut () {
        unsafe { entry(49) }
    }

    /// `[50]`: As in C; a call of plain memset comes here too.
    #[inline(always)]
    pub unsafe fn memset_(dest: *mut (), byte: i32, n: usize) -> *mut () {
        entry::<unsafe extern "C" fn(*mut (), i32, usize) -> *mut ()>(50)(dest, byte, n)
    }

    /// `[51]`: As in C; calls of plain memmove and memcpy come here too.
    #[inline(always)]
    pub unsafe fn memmove_(dest: *mut (), src: *const (), n: usize) -> *mut () {
        entry::<unsafe extern "C" fn(*mut (), *const (), usize) -> *mut ()>(51)(dest, src, n)
    }

    /// `[52]`: Memory of n bytes on the firmware's heap, not zeroed, at least word-aligned; null if there is none.
    /// old null: new memory, n 0: frees. Memory is owned by nobody: the collector frees it when no word on the heap,
    /// on the stack or in the module's variables points at its start.
    #[inline(always)]
    pub unsafe fn realloc_(old: *mut (), n: usize, may_move: bool) -> *mut () {
        entry::<unsafe extern "C" fn(*mut (), usize, bool) -> *mut ()>(52)(old, n, may_move)
    }

    /// `[53]`: Prints to an print, such as plat_print. The format is MicroPython's: d u x X p s c % with width and
    /// flags; %q a qstr, l a word. Returns the number of bytes.
    #[inline(always)]
    pub unsafe fn printf_() -> unsafe extern "C" fn(*const Print, *const u8, ...) -> i32 {
        entry(53)
    }

    /// `[55]`: CircuitPython's raise_msg: raises an exception of a class with a text, which must live as long as the
    /// exception.
    #[inline(always)]
    pub unsafe fn raise_msg_str(kind: *const Type, text: *const u8) {
        entry::<unsafe extern "C" fn(*const Type, *const u8)>(if TARGET >= 10902 { 55 } else { ABSENT })(kind, text)
    }

    /// `[55]`: Raises an exception of a class with a text. The text is not copied: it must live as long as the
    /// exception, like a literal. The pointer is null in firmware (since 1.29) that is built without texts of errors.
    #[inline(always)]
    pub unsafe fn raise_msg(kind: *const Type, text: *const u8) {
        entry::<unsafe extern "C" fn(*const Type, *const u8)>(if TARGET >= 10902 { ABSENT } else { 55 })(kind, text)
    }

    /// `[56]`: type(obj), also of ints and qstrs, which are no pointers.
    #[inline(always)]
    pub unsafe fn obj_get_type(obj: Obj) -> *const Type {
        entry::<unsafe extern "C" fn(Obj) -> *const Type>(56)(obj)
    }

    /// `[57]`: A str with a copy of n bytes of UTF-8. Raises MemoryError, UnicodeError.
    #[inline(always)]
    pub unsafe fn obj_new_str(text: *const u8, n: usize) -> Obj {
        entry::<unsafe extern "C" fn(*const u8, usize) -> Obj>(57)(text, n)
    }

    /// `[58]`: A bytes object with a copy of n bytes. Raises MemoryError.
    #[inline(always)]
    pub unsafe fn obj_new_bytes(data: *const u8, n: usize) -> Obj {
        entry::<unsafe extern "C" fn(*const u8, usize) -> Obj>(58)(data, n)
    }

    /// `[59]`: A bytearray over memory of the caller's, which is not copied: it must be on the firmware's heap
    /// (realloc) or live for ever.
    #[inline(always)]
    pub unsafe fn obj_new_bytearray_by_ref(n: usize, data: *mut ()) -> Obj {
        entry::<unsafe extern "C" fn(usize, *mut ()) -> Obj>(59)(n, data)
    }

    /// `[60]`: A float. RuntimeError where the firmware has no floats. How floats are passed must be as in the
    /// firmware (--float-abi).
    #[inline(always)]
    pub unsafe fn obj_new_float_from_f(value: f32) -> Obj {
        entry::<unsafe extern "C" fn(f32) -> Obj>(60)(value)
    }

    /// `[61]`: A float, rounded if the firmware's have 32 bits.
    #[inline(always)]
    pub unsafe fn obj_new_float_from_d(value: f64) -> Obj {
        entry::<unsafe extern "C" fn(f64) -> Obj>(61)(value)
    }

    /// `[62]`: The value of a float, int or bool. Raises TypeError.
    #[inline(always)]
    pub unsafe fn obj_get_float_to_f(obj: Obj) -> f32 {
        entry::<unsafe extern "C" fn(Obj) -> f32>(62)(obj)
    }

    /// `[63]`: The same with 64 bits, of which the firmware may have 32.
    #[inline(always)]
    pub unsafe fn obj_get_float_to_d(obj: Obj) -> f64 {
        entry::<unsafe extern "C" fn(Obj) -> f64>(63)(obj)
    }

    /// `[64]`: load_method that stores null twice and raises nothing if there is no such method.
    #[inline(always)]
    pub unsafe fn load_method_maybe(obj: Obj, name: Qstr, method_and_self: *mut Obj) {
        entry::<unsafe extern "C" fn(Obj, Qstr, *mut Obj)>(if TARGET >= 123 { 64 } else { ABSENT })(obj, name, method_and_self)
    }

    /// `[64]`, `[65]` since 1.23: The memory of an object: str, bytes, bytearray, array, memoryview. It belongs to
    /// the object, and is valid while that lives and is not resized. flags is READ, WRITE or both; if the object has
    /// no such memory the result is false, or with RAISE TypeError is raised. Obj::as_bytes does it.
    #[inline(always)]
    pub unsafe fn get_buffer(obj: Obj, buf: *mut Buffer, flags: usize) -> bool {
        entry::<unsafe extern "C" fn(Obj, *mut Buffer, usize) -> bool>(if TARGET >= 123 { 65 } else { if TARGET >= 122 { 64 } else { ABSENT } })(obj, buf, flags)
    }

    /// `[64]`: The memory of an object: str, bytes, bytearray, array, memoryview. It belongs to the object, and is
    /// valid while that lives and is not resized. flags is READ, WRITE or both; raises TypeError if the object has no
    /// such memory. Obj::as_bytes does it.
    #[inline(always)]
    pub unsafe fn get_buffer_raise(obj: Obj, buf: *mut Buffer, flags: usize) {
        entry::<unsafe extern "C" fn(Obj, *mut Buffer, usize)>(if TARGET >= 122 { ABSENT } else { 64 })(obj, buf, flags)
    }

    /// `[65]`, `[66]` since 1.23: The functions behind a stream object. flags: STREAM_OP_READ 1, WRITE 2, IOCTL 4
    /// must be there. Raises OSError.
    #[inline(always)]
    pub unsafe fn get_stream_raise(obj: Obj, flags: i32) -> *const () {
        entry::<unsafe extern "C" fn(Obj, i32) -> *const ()>(if TARGET >= 123 { 66 } else { 65 })(obj, flags)
    }

    /// `[67]`: CircuitPython: raises unless an instance of a subclass has called __init__ of its native base.
    #[inline(always)]
    pub unsafe fn assert_native_inited(obj: Obj) {
        entry::<unsafe extern "C" fn(Obj)>(if TARGET >= 10902 { 67 } else { ABSENT })(obj)
    }

    /// `[67]`, `[68]` in CircuitPython: Stores values for n allowed arguments, positional or by keyword. Raises
    /// TypeError for what is missing or not known.
    #[inline(always)]
    pub unsafe fn arg_parse_all(n_pos: usize, pos: *const Obj, kw: *mut Map, n: usize, allowed: *const Arg, values: *mut ArgValue) {
        entry::<unsafe extern "C" fn(usize, *const Obj, *mut Map, usize, *const Arg, *mut ArgValue)>(if TARGET >= 10902 { 68 } else { if TARGET >= 123 { 67 } else { ABSENT } })(n_pos, pos, kw, n, allowed, values)
    }

    /// `[68]`, `[69]` in CircuitPython: The same with the keywords as pairs behind the positional ones.
    #[inline(always)]
    pub unsafe fn arg_parse_all_kw_array(n_pos: usize, n_kw: usize, args: *const Obj, n: usize, allowed: *const Arg, values: *mut ArgValue) {
        entry::<unsafe extern "C" fn(usize, usize, *const Obj, usize, *const Arg, *mut ArgValue)>(if TARGET >= 10902 { 69 } else { if TARGET >= 123 { 68 } else { ABSENT } })(n_pos, n_kw, args, n, allowed, values)
    }

    /// `[69]`, `[70]` in CircuitPython: The size in bytes of a value of struct's type codes ('@' or '<', '>', '!' and
    /// then 'b', 'H', ...); its alignment is stored unless align is null. Raises ValueError.
    #[inline(always)]
    pub unsafe fn binary_get_size(struct_type: u8, val_type: u8, align: *mut usize) -> usize {
        entry::<unsafe extern "C" fn(u8, u8, *mut usize) -> usize>(if TARGET >= 10902 { 70 } else { if TARGET >= 123 { 69 } else { ABSENT } })(struct_type, val_type, align)
    }

    /// `[70]`, `[71]` in CircuitPython: Item index of an array with a type code, as an object.
    #[inline(always)]
    pub unsafe fn binary_get_val_array(typecode: u8, data: *mut (), index: usize) -> Obj {
        entry::<unsafe extern "C" fn(u8, *mut (), usize) -> Obj>(if TARGET >= 10902 { 71 } else { if TARGET >= 123 { 70 } else { ABSENT } })(typecode, data, index)
    }

    /// `[71]`, `[72]` in CircuitPython: Stores an object as item index of an array with a type code. Raises
    /// TypeError, OverflowError.
    #[inline(always)]
    pub unsafe fn binary_set_val_array(typecode: u8, data: *mut (), index: usize, value: Obj) {
        entry::<unsafe extern "C" fn(u8, *mut (), usize, Obj)>(if TARGET >= 10902 { 72 } else { if TARGET >= 123 { 71 } else { ABSENT } })(typecode, data, index, value)
    }

    /// `[66]`, `[72]` since 1.23, `[73]` in CircuitPython: Where print() writes.
    #[inline(always)]
    pub fn plat_print() -> *const Print {
        unsafe { entry(if TARGET >= 10902 { 73 } else { if TARGET >= 123 { 72 } else { 66 } }) }
    }

    /// `[67]`, `[73]` since 1.23, `[74]` in CircuitPython: The class type.
    #[inline(always)]
    pub fn type_type() -> *const Type {
        unsafe { entry(if TARGET >= 10902 { 74 } else { if TARGET >= 123 { 73 } else { 67 } }) }
    }

    /// `[68]`, `[74]` since 1.23, `[75]` in CircuitPython: The class str.
    #[inline(always)]
    pub fn type_str() -> *const Type {
        unsafe { entry(if TARGET >= 10902 { 75 } else { if TARGET >= 123 { 74 } else { 68 } }) }
    }

    /// `[69]`, `[75]` since 1.23, `[76]` in CircuitPython: The class list.
    #[inline(always)]
    pub fn type_list() -> *const Type {
        unsafe { entry(if TARGET >= 10902 { 76 } else { if TARGET >= 123 { 75 } else { 69 } }) }
    }

    /// `[70]`, `[76]` since 1.23, `[77]` in CircuitPython: The class dict.
    #[inline(always)]
    pub fn type_dict() -> *const Type {
        unsafe { entry(if TARGET >= 10902 { 77 } else { if TARGET >= 123 { 76 } else { 70 } }) }
    }

    /// `[71]`, `[77]` since 1.23, `[78]` in CircuitPython: The class of functions in C without arguments (FUN_0).
    #[inline(always)]
    pub fn type_fun_builtin_0() -> *const Type {
        unsafe { entry(if TARGET >= 10902 { 78 } else { if TARGET >= 123 { 77 } else { 71 } }) }
    }

    /// `[72]`, `[78]` since 1.23, `[79]` in CircuitPython: With one argument (FUN_1).
    #[inline(always)]
    pub fn type_fun_builtin_1() -> *const Type {
        unsafe { entry(if TARGET >= 10902 { 79 } else { if TARGET >= 123 { 78 } else { 72 } }) }
    }

    /// `[73]`, `[79]` since 1.23, `[80]` in CircuitPython: With two (FUN_2).
    #[inline(always)]
    pub fn type_fun_builtin_2() -> *const Type {
        unsafe { entry(if TARGET >= 10902 { 80 } else { if TARGET >= 123 { 79 } else { 73 } }) }
    }

    /// `[74]`, `[80]` since 1.23, `[81]` in CircuitPython: With three (FUN_3).
    #[inline(always)]
    pub fn type_fun_builtin_3() -> *const Type {
        unsafe { entry(if TARGET >= 10902 { 81 } else { if TARGET >= 123 { 80 } else { 74 } }) }
    }

    /// `[75]`, `[81]` since 1.23, `[82]` in CircuitPython: With any number of them (FUN_VAR, FUN_KW).
    #[inline(always)]
    pub fn type_fun_builtin_var() -> *const Type {
        unsafe { entry(if TARGET >= 10902 { 82 } else { if TARGET >= 123 { 81 } else { 75 } }) }
    }

    /// `[82]`, `[83]` in CircuitPython: The class Exception.
    #[inline(always)]
    pub fn type_Exception() -> *const Type {
        unsafe { entry(if TARGET >= 10902 { 83 } else { if TARGET >= 123 { 82 } else { ABSENT } }) }
    }

    /// `[76]`, `[83]` since 1.23, `[84]` in CircuitPython: The method read for classes of streams; it calls the
    /// class's stream.
    #[inline(always)]
    pub fn stream_read_obj() -> *const FunVar {
        unsafe { entry(if TARGET >= 10902 { 84 } else { if TARGET >= 123 { 83 } else { 76 } }) }
    }

    /// `[77]`, `[84]` since 1.23, `[85]` in CircuitPython: The method readinto.
    #[inline(always)]
    pub fn stream_readinto_obj() -> *const FunVar {
        unsafe { entry(if TARGET >= 10902 { 85 } else { if TARGET >= 123 { 84 } else { 77 } }) }
    }

    /// `[78]`, `[85]` since 1.23, `[86]` in CircuitPython: The method readline.
    #[inline(always)]
    pub fn stream_unbuffered_readline_obj() -> *const FunVar {
        unsafe { entry(if TARGET >= 10902 { 86 } else { if TARGET >= 123 { 85 } else { 78 } }) }
    }

    /// `[79]`, `[86]` since 1.23, `[87]` in CircuitPython: The method write.
    #[inline(always)]
    pub fn stream_write_obj() -> *const FunVar {
        unsafe { entry(if TARGET >= 10902 { 87 } else { if TARGET >= 123 { 86 } else { 79 } }) }
    }
}
