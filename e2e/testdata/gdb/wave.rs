//! The module of ../debug/wave.c in Rust: see ../../gdb_test.go, which has its lines.
#![no_std]
mod mpyld;
use mpyld::*;

static mut COUNTER: i32 = 0;

#[inline(never)]
fn helper(a: i32, b: i32) -> i32 {
    let sum = a + b;
    unsafe { COUNTER += sum };
    sum * 2
}

extern "C" fn add(a: Obj, b: Obj) -> Obj {
    Obj::int((helper(a.to_int() as i32, b.to_int() as i32)) as isize)
}
fun!(ADD, 2, add);

fn init(module: Module) {
    module.store("add", &ADD);
}
module!(init);
