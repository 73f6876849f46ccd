//go:build e2e

package machines

const libraryStride = 1
