// A native module in Rust without std: slices, closures, traits, formatting,
// and panics that become exceptions of Python.
#![no_std]
#![allow(non_upper_case_globals)]

use core::fmt::{self, Write};
use core::panic::PanicInfo;

// MicroPython's ABI, as far as it is used here (py/nativeglue.h). qstr.rs is
// made of config.h: where in mp_native_qstr_table MP_QSTR_total and its like are.
include!("qstr.rs");

#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Obj(*const ());

#[repr(C)]
pub struct Type([u8; 0]);

extern "C" {
    static mp_fun_table: [*const (); 87];
    static mp_native_qstr_table: [u16; 3];
    static mp_type_fun_builtin_1: Type;
    static mp_type_fun_builtin_2: Type;
}

// The slot k of the table as a function of type T.
unsafe fn slot<T: Copy>(k: usize) -> T {
    core::mem::transmute_copy(&mp_fun_table[k])
}

fn to_int(obj: Obj) -> isize {
    unsafe { slot::<extern "C" fn(Obj, usize) -> isize>(3)(obj, 2) }
}

fn from_int(n: isize) -> Obj {
    unsafe { slot::<extern "C" fn(isize, usize) -> Obj>(4)(n, 2) }
}

fn from_str(s: &str) -> Obj {
    unsafe { slot::<extern "C" fn(*const u8, usize) -> Obj>(57)(s.as_ptr(), s.len()) }
}

#[repr(C)]
struct Fun {
    kind: *const Type,
    code: *const (),
}
unsafe impl Sync for Fun {}

static TOTAL: Fun = Fun { kind: unsafe { &mp_type_fun_builtin_1 }, code: total as *const () };
static DESCRIBE: Fun = Fun { kind: unsafe { &mp_type_fun_builtin_2 }, code: describe as *const () };

static mut CALLS: isize = 0; // zero-initialised
static mut WEIGHTS: [isize; 4] = [1, 10, 100, 1000]; // initialised

trait Shape {
    fn name(&self) -> &'static str;
    fn area(&self) -> isize;
}

struct Square(isize);
struct Circle(isize);

impl Shape for Square {
    fn name(&self) -> &'static str {
        "square"
    }
    fn area(&self) -> isize {
        self.0 * self.0
    }
}

impl Shape for Circle {
    fn name(&self) -> &'static str {
        "circle"
    }
    fn area(&self) -> isize {
        3 * self.0 * self.0
    }
}

// Text of limited length.
struct Text {
    bytes: [u8; 120],
    len: usize,
}

impl Text {
    const fn new() -> Self {
        Text { bytes: [0; 120], len: 0 }
    }
    fn as_str(&self) -> &str {
        unsafe { core::str::from_utf8_unchecked(&self.bytes[..self.len]) }
    }
}

impl Write for Text {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let room = self.bytes.len() - 1 - self.len;
        let n = s.len().min(room);
        self.bytes[self.len..self.len + n].copy_from_slice(&s.as_bytes()[..n]);
        self.len += n;
        Ok(())
    }
}

// total(n): the sum of some squares, by weights that change.
extern "C" fn total(n: Obj) -> Obj {
    let n = to_int(n);
    let weights = unsafe {
        CALLS += 1;
        WEIGHTS[1] += 1;
        &WEIGHTS
    };
    let sum: isize = (0..n).filter(|i| i % 2 == 1).map(|i| i * i).zip(weights.iter().cycle()).map(|(s, w)| s * w).sum();
    from_int(sum)
}

// describe(k, i): text about the i-th shape of size k. There are three.
extern "C" fn describe(k: Obj, i: Obj) -> Obj {
    let k = to_int(k);
    let (square, circle) = (Square(k), Circle(k));
    let shapes: [&dyn Shape; 3] = [&square, &circle, &square];
    let shape = shapes[to_int(i) as usize];
    let mut text = Text::new();
    let _ = write!(text, "{:>8}|{:<6}|{:#06x}|{:?}", shape.name(), shape.area(), shape.area(), Some(k as i8));
    from_str(text.as_str())
}

// The exception refers to the text, so it outlives the function.
static mut MESSAGE: Text = Text::new();

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    unsafe {
        let text = &mut MESSAGE;
        text.len = 0;
        let _ = write!(text, "{}", info);
        text.bytes[text.len] = 0;
        const RUNTIME_ERROR: usize = 50; // a static qstr
        let kind = slot::<extern "C" fn(usize) -> Obj>(7)(RUNTIME_ERROR);
        slot::<extern "C" fn(Obj, *const u8) -> !>(55)(kind, text.bytes.as_ptr())
    }
}

#[repr(C)]
pub struct Context {
    kind: *const Type,
    globals: *const (),
}

#[repr(C)]
pub struct Me {
    kind: *const Type,
    context: *const Context,
}

#[no_mangle]
pub unsafe extern "C" fn mpy_init(me: *const Me, _n_args: usize, _n_kw: usize, _args: *const Obj) -> Obj {
    let swap = slot::<extern "C" fn(*const ()) -> *const ()>(5);
    let old = swap((*(*me).context).globals);
    let store = slot::<extern "C" fn(usize, *const Fun)>(13);
    store(mp_native_qstr_table[MP_QSTR_total] as usize, &TOTAL);
    store(mp_native_qstr_table[MP_QSTR_describe] as usize, &DESCRIBE);
    swap(old);
    Obj(mp_fun_table[0])
}
