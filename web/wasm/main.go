//go:build wasip1

// Command wasm is package web as a WebAssembly module (GOOS=wasip1, -buildmode=c-shared): whoever
// loads it writes a message into its memory and reads one there. It asks its host for
// nothing but what the Go runtime does: time, random numbers, and a place for its last words.
package main

import (
	"unsafe"

	"mpyld/web"
)

// The messages stay where they are until there are others: Go's collector moves nothing.
var in, out []byte

// request makes room for a request of so many bytes and says where.
//
//go:wasmexport request
func request(size uint32) unsafe.Pointer {
	out, in = nil, make([]byte, size+1) // no size is without a place
	in = in[:size]
	return unsafe.Pointer(unsafe.SliceData(in))
}

// call answers the request and says where.
//
//go:wasmexport call
func call() unsafe.Pointer {
	out = web.Call(in)
	in = nil
	return unsafe.Pointer(unsafe.SliceData(out))
}

// size is how many bytes the answer has.
//
//go:wasmexport size
func size() uint32 { return uint32(len(out)) }

func main() {}
