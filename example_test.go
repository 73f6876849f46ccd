package mpyld_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing/fstest"

	"mpyld"
	"mpyld/diag"
	"mpyld/target"
)

// A module of one object and the config header that it was compiled with.
func ExampleLink() {
	m, err := mpyld.Link(context.Background(), mpyld.Options{
		FS:         os.DirFS("examples/hello"),
		Files:      []string{"hello.o"},
		QStrs:      "config.h",
		SourceName: "hello.mpy",
		Target:     target.Options{Release: "1.24", Arch: "armv7m"},
	})
	if err != nil {
		fmt.Print(diag.Render("", err))
		return
	}
	fmt.Printf("%d bytes of %s\n", len(m.Bytes), strings.Join(m.Inputs, ", "))
	fmt.Print(m.Listing(0).Text(0))
	// Output:
	// 261 bytes of hello.o, config.h
	// arch:         EM_ARM
	// text size:    212
	// bss size:     4
	// GOT entries:  3
}

// What is wrong comes as a list, all that there is at once.
func ExampleLink_errors() {
	_, err := mpyld.Link(context.Background(), mpyld.Options{
		FS: fstest.MapFS{
			"a.o": {Data: []byte("BC\xc0\xde")},
			"b.o": {Data: []byte("int main(void) { return 0; }\n")},
		},
		Files:  []string{"a.o", "b.o", "c.o"},
		Target: target.Options{Arch: "rv32imc"},
	})
	fmt.Print(diag.Render("", err))
	// Output:
	// error: a.o: is LLVM bitcode, not an ELF object
	// note: compile without -flto (rustc: -C linker-plugin-lto)
	// error: b.o: is text, not an ELF object
	// note: compile sources first (CC -c) and pass the .o files; config headers are made with --preprocess
	// error: c.o: cannot read: file does not exist
}

// The numbers of a module's names, for its C sources to include.
func ExamplePreprocess() {
	header, err := mpyld.Preprocess(mpyld.PreprocessOptions{
		FS:    fstest.MapFS{"blink.c": {Data: []byte("mp_store_global(MP_QSTR_blink, f);\n")}},
		Files: []string{"blink.c"},
	})
	if err != nil {
		fmt.Print(diag.Render("", err))
		return
	}
	for line := range strings.Lines(string(header)) {
		if strings.Contains(line, "blink") {
			fmt.Print(line)
		}
	}
	// Output:
	// #define MP_QSTR_blink (mp_native_qstr_table[1])
	// __asm__(".pushsection .mpyld.qstrs,\"\",%progbits\n.asciz \"1.21 values 1 blink\"\n.popsection");
}

// linkHello is what the other examples look at.
func linkHello(name string) *mpyld.File {
	m, err := mpyld.Link(context.Background(), mpyld.Options{
		FS:    os.DirFS("examples/hello"),
		Files: []string{"hello.o"}, QStrs: "config.h", SourceName: name,
		Target: target.Options{Arch: "armv7m"},
	})
	if err != nil {
		panic(err)
	}
	f, err := mpyld.Parse(name, m.Bytes)
	if err != nil {
		panic(err)
	}
	return f
}

func ExampleFile_Inspect() {
	fmt.Print(linkHello("hello.mpy").Inspect())
	// Output:
	// hello.mpy: a linked native module, 261 bytes
	//   header:      MicroPython, mpy version 6.3, native code for armv7m, small ints of 31 bits
	//   _mpy:        5894
	//   imported by: MicroPython 1.23 to 1.30-preview
	//   boards:      Arm Cortex-M3 and better: CC3200, STM32F4, SAMD51, RP2350, nRF52, i.MX RT and the like
	//   memory:      250 bytes: code 212, data 4, tables 8, names 26, constants 0
	//   names:       greet, language (the names it has: those it sets are among them)
	//   firmware:    const_none 0*, native_to_obj 4*, swap_globals 5*, store_global 13*, printf 53*, obj_new_str 57*, get_buffer 65*, plat_print 72*, mp_type_fun_builtin_1 78  (* seen in code; there may be more)
	//                MicroPython 1.22 was the first with all of these
}

func ExampleFile_Verify() {
	f := linkHello("hello.mpy")
	v, err := f.Verify(mpyld.VerifyOptions{})
	if err != nil {
		fmt.Print(diag.Render("", err))
		return
	}
	fmt.Print(v.Text(f.Name))
	// Output:
	// hello.mpy: ok, armv7m, MicroPython 1.23 to 1.30-preview, text 212, rodata 0, bss 4, qstrs 3, relocated words 5
}

// Whether the firmware of a device imports a file.
func ExampleFile_target() {
	f := linkHello("hello.mpy")
	for _, o := range []target.Options{{Release: "1.28"}, {Release: "1.19"}, {Device: "7942"}} {
		to, err := o.Find()
		if err != nil {
			panic(err)
		}
		fmt.Println(to.Answer(f.File).Text)
	}
	// Output:
	// yes: MicroPython 1.28 imports it
	// no: ValueError: incompatible .mpy file: its native code is for .mpy 6.3 (MicroPython 1.23 to 1.30-preview), and MicroPython 1.19 has 6.0
	// yes: the device (0x1f06: .mpy 6.3, MicroPython 1.23 to 1.30-preview) imports it
}

func ExampleDiff() {
	for _, line := range mpyld.Diff(linkHello("hello.mpy"), linkHello("world.mpy")) {
		fmt.Println(line)
	}
	// Output:
	// source file: hello.mpy -> world.mpy
}

func ExampleMerge() {
	data, err := mpyld.Merge([]*mpyld.File{linkHello("hello.mpy"), linkHello("world.mpy")}, mpyld.MergeOptions{ShareNames: true})
	if err != nil {
		fmt.Print(diag.Render("", err))
		return
	}
	merged, err := mpyld.Parse("both.mpy", data)
	if err != nil {
		panic(err)
	}
	v, err := merged.Verify(mpyld.VerifyOptions{})
	if err != nil {
		panic(err)
	}
	fmt.Println(len(v.Modules), "modules")
	// Output:
	// 2 modules
}
