//go:build !e2e

package machines

// libraryStride is which of the words TestDecodeLikeLibrary takes.
const libraryStride = 41
