// Calls of every kind through mpyld.rs.
#![no_std]
mod mpyld;
use mpyld::*;

static mut CALLS: isize = 0;

extern "C" fn ints(a: Obj, b: Obj) -> Obj {
    let list = Obj::list(&[Obj::int(a.to_int() - b.to_int()), Obj::int(isize::MIN), Obj::uint(usize::MAX)]);
    list.append(Obj::bool(a == b));
    list.append(unsafe { raw::binary_op(31, a, b) });
    list.append(-7isize);
    list
}
fun!(INTS, 2, ints);

extern "C" fn floats(x: Obj) -> Obj {
    Obj::tuple(&[Obj::float(x.to_float()), Obj::double(x.to_double())])
}
fun!(FLOATS, 1, floats);

extern "C" fn text(o: Obj) -> Obj {
    let s = o.as_str();
    Obj::list(&[Obj::str(s), Obj::bytes(s.as_bytes()), Obj::int(s.chars().count() as isize), "literal".into()])
}
fun!(TEXT, 1, text);

extern "C" fn turn(o: Obj) -> Obj {
    o.as_mut_bytes().reverse();
    o
}
fun!(TURN, 1, turn);

extern "C" fn sum(items: Obj) -> Obj {
    Obj::int(items.as_slice().iter().map(|o| o.to_int()).sum())
}
fun!(SUM, 1, sum);

extern "C" fn collect(items: Obj, key: Obj, value: Obj) -> Obj {
    let dict = Obj::dict();
    dict.set_item(key, value);
    dict.set_item("n", items.len() as isize);
    Obj::tuple(&[dict, items.item(0isize), dict.item(key), items.attr("__class__")])
}
fun!(COLLECT, 3, collect);

extern "C" fn apply(n: usize, args: *const Obj) -> Obj {
    let args = unsafe { core::slice::from_raw_parts(args, n) };
    let list = Obj::list(&[args[0].call(&args[1..])]);
    list.attr("append").call(&[args[0].attr("__name__")]);
    list
}
fun!(APPLY, 1..65535, apply);

fn failing(what: Obj) -> Obj {
    match what.to_int() {
        0 => raise(qstr::ValueError, "a text"),
        1 => raise_obj(global(qstr::OSError).call(&[Obj::int(2)])),
        2 => what.item(3isize),
        3 => {
            let none: [u8; 0] = [];
            Obj::int(none[what.to_int() as usize] as isize)
        }
        _ => Obj::int(!what.to_int()),
    }
}

extern "C" fn fail(what: Obj) -> Obj {
    failing(what)
}
fun!(FAIL, 1, fail);

extern "C" fn caught(what: Obj) -> Obj {
    unsafe { CALLS = 10 };
    let result = catch(|| {
        unsafe { CALLS += 1 };
        failing(what)
    });
    let (good, value) = match result {
        Ok(value) => (true, value),
        Err(e) => (false, e.attr("__class__")),
    };
    Obj::tuple(&[Obj::bool(good), value, Obj::int(unsafe { CALLS })])
}
fun!(CAUGHT, 1, caught);

extern "C" fn nothing() -> Obj {
    Obj::none()
}
fun!(NOTHING, 0, nothing);

fn init(module: Module) {
    module.store("ints", &INTS);
    module.store("floats", &FLOATS);
    module.store("text", &TEXT);
    module.store("turn", &TURN);
    module.store("sum", &SUM);
    module.store("collect", &COLLECT);
    module.store("apply", &APPLY);
    module.store("fail", &FAIL);
    module.store("caught", &CAUGHT);
    module.store("nothing", &NOTHING);
    module.store("some_name_that_no_firmware_has", 7isize);
}
module!(init);
