//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// crashers are beds whose emulator serves gdb, and where in its registers the program counter is: bytes from the start, and how many.
// Natively, gdb itself is asked.
var crashers = []struct {
	arch, bed string
	pc, size  int
	options   string
}{
	{"armv6m", "armv6m", 15 * 4, 4, ""},
	{"armv6m", "armv6m", 15 * 4, 4, "-O"},
	{"armv7m", "armv7m", 15 * 4, 4, ""},
	{"armv7m", "armv7m", 15 * 4, 4, "-O"},
	{"armv7emsp", "armv7emsp", 15 * 4, 4, ""},
	{"armv7emdp", "armv7emdp", 15 * 4, 4, ""},
	{"rv32imc", "rv32imc", 32 * 4, 4, ""},
	{"rv64imc", "rv64imc", 32 * 8, 8, ""},
	{"xtensa", "xtensa", 16 * 4, 4, ""},
	{"xtensawin", "xtensawin", 0, 4, ""},
	{"x86", "x86", 8 * 4, 4, ""},
	{"x64", "x64", 0, 0, ""},
}

// TestCrash: of a module that crashes, mpyld addr2line says the line, by the program counter and what the device says
// of a function object. Nothing else knows where the module is.
func TestCrash(t *testing.T) {
	for _, c := range crashers {
		t.Run(c.arch+c.options, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			debuggedModule(t, dir, c.arch, "c", c.options, "testdata/gdb/crash.c")
			companion := filepath.Join(dir, "wave.elf")
			ask := link(t, "gdb", companion, "--repl")
			must(t, os.WriteFile(filepath.Join(dir, "run.py"), []byte(ask+"m.crash(0)\n"), 0o666))

			printed, pc := "", uint64(0)
			if c.size == 0 {
				printed, pc = crashNatively(t, c.bed, dir)
			} else {
				printed, pc = crashEmulated(t, c.bed, dir, c.pc, c.size)
			}
			object := regexp.MustCompile(`--object crash=\S+ --code \S+`).FindString(printed)
			if object == "" {
				t.Fatalf("the device printed %q", printed)
			}
			script := link(t, append([]string{"gdb", companion}, strings.Fields(object)...)...)
			text := regexp.MustCompile(`set \$wave_text = (\S+)`).FindStringSubmatch(script)[1]
			got := link(t, "addr2line", "--text", text, companion, fmt.Sprintf("%#x", pc))
			want := regexp.MustCompile(`^\S+ second at \S*crash\.c:11\n \(inlined by\) walk at \S*crash\.c:18\n$`)
			if !want.MatchString(got) {
				t.Errorf("the crash at %#x, with text at %s, is in\n%swant %s", pc, text, got, want)
			}
		})
	}
}

// crashNatively runs a script in gdb, and returns what it printed and the program counter where it stopped.
func crashNatively(t *testing.T, bed, dir string) (printed string, pc uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), scriptTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "gdb-multiarch", "-nx", "-q", "-batch", "-ex", "set debuginfod enabled off",
		"-ex", "run", "-ex", `printf "stopped at %#lx\n", (unsigned long)$pc`, "--args", "/bin/bash", filepath.Join(root, "beds/run"), bed, filepath.Join(dir, "run.py"))
	cmd.Env = append(os.Environ(), "MICROPYPATH="+dir)
	out, _ := cmd.CombinedOutput()
	at := regexp.MustCompile(`SIGSEGV(?s:.*)stopped at (0x\w+)`).FindSubmatch(out)
	if at == nil {
		t.Fatalf("no crash: %s", out)
	}
	_, err := fmt.Sscanf(string(at[1]), "%v", &pc)
	must(t, err)
	return string(out), pc
}

// crashEmulated does the same in a bed's emulator, which it asks for registers as gdb does (GDB manual, "Remote
// Protocol"): gdb does not know all machines.
func crashEmulated(t *testing.T, bed, dir string, at, size int) (printed string, pc uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), scriptTimeout)
	defer cancel()
	cmd, conn := serveGDB(t, ctx, bed, dir)
	defer cmd.Wait()
	defer cancel()
	defer conn.Close()
	r := &remote{bufio.NewReader(conn), conn}
	if stop := r.ask(t, "c"); !strings.HasPrefix(stop, "T0b") && !strings.HasPrefix(stop, "S0b") {
		t.Fatalf("the emulator says %q, which is no crash", stop)
	}
	registers, err := hex.DecodeString(r.ask(t, "g"))
	if err != nil || len(registers) < at+size {
		t.Fatalf("%d bytes of registers: %v", len(registers), err)
	}
	for _, b := range slices.Backward(registers[at : at+size]) {
		pc = pc<<8 | uint64(b)
	}
	text, err := os.ReadFile(filepath.Join(dir, "printed"))
	must(t, err)
	return string(text), pc
}

// serveGDB starts run.py of a directory in a bed's emulator, which waits for gdb; its output goes into the file printed.
func serveGDB(t *testing.T, ctx context.Context, bed, dir string) (*exec.Cmd, net.Conn) {
	t.Helper()
	socket := filepath.Join(dir, "gdb.socket")
	cmd := startForGDB(t, ctx, bed, dir, socket)
	for { // there is a socket before anybody listens
		conn, err := net.Dial("unix", socket)
		if err == nil {
			return cmd, conn
		}
		if ctx.Err() != nil {
			t.Fatalf("nobody listens to gdb: %v", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// startForGDB is serveGDB without the connection.
func startForGDB(t *testing.T, ctx context.Context, bed, dir, socket string) *exec.Cmd {
	t.Helper()
	run, err := filepath.Abs(filepath.Join(root, "beds/run"))
	must(t, err)
	cmd := exec.CommandContext(ctx, run, bed, "run.py")
	printed, err := os.Create(filepath.Join(dir, "printed"))
	must(t, err)
	defer printed.Close()
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, printed, printed
	cmd.Env = append(os.Environ(), "MICROPYPATH="+dir, "QEMU_GDB="+socket)
	must(t, cmd.Start())
	for {
		if _, err := os.Stat(socket); err == nil {
			return cmd
		}
		if ctx.Err() != nil {
			t.Fatal("the emulator makes no socket for gdb")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// remote is a connection to what serves gdb.
type remote struct {
	in  *bufio.Reader
	out net.Conn
}

// ask sends a packet and returns the answer.
func (r *remote) ask(t *testing.T, packet string) string {
	t.Helper()
	sum := byte(0)
	for i := range len(packet) {
		sum += packet[i]
	}
	_, err := fmt.Fprintf(r.out, "$%s#%02x", packet, sum)
	must(t, err)
	_, err = r.in.ReadString('$')
	must(t, err)
	answer, err := r.in.ReadString('#')
	must(t, err)
	_, err = r.in.Discard(2)
	must(t, err)
	_, err = r.out.Write([]byte("+"))
	must(t, err)
	return strings.TrimSuffix(answer, "#")
}
