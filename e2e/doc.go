// Package e2e runs what mpyld links: modules are loaded by real MicroPython
// interpreters, on every architecture that can be executed on a PC, and their
// results compared with the same modules linked by MicroPython's own mpy_ld.py.
//
// It stands apart because it needs more than Go: the test beds and
// toolchains that beds/setup.sh installs. Its tests are behind the build tag
// e2e, and with the tag nothing is skipped: a bed or tool that is not there
// is a failure. Run them with
//
//	beds/setup.sh && go test -tags e2e ./e2e
//
// It contains no code for other packages, and must never be imported.
package e2e
