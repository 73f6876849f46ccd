//! NAME: a native module for MicroPython. mpyld build makes it.
#![no_std]

mod mpyld;
use mpyld::*;

/// add(a, b): two ints.
extern "C" fn add(a: Obj, b: Obj) -> Obj {
    Obj::int(a.to_int() + b.to_int())
}
fun!(ADD, 2, add);

/// peak(data): the largest byte of bytes, a bytearray, or anything else with a buffer.
extern "C" fn peak(data: Obj) -> Obj {
    match data.as_bytes().iter().max() {
        Some(&most) => Obj::int(most.into()),
        None => raise(qstr::ValueError, "there is no data"),
    }
}
fun!(PEAK, 1, peak);

/// Importing the module calls this. What is stored are its names.
fn init(module: Module) {
    module.store("add", &ADD);
    module.store("peak", &PEAK);
}
module!(init);
