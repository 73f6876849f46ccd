package toolchain

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/internal/host"
	"mpyld/internal/lazy"
)

// places are where Espressif's installers put compilers, which are not on the PATH
// until somebody runs a script of theirs: below a variable's or the home directory.
var places = []struct{ variable, below, pattern string }{
	{"IDF_TOOLS_PATH", "", "tools/*/*/*/bin"},
	{"HOME", ".espressif", "tools/*/*/*/bin"},
	{"USERPROFILE", ".espressif", "tools/*/*/*/bin"},
	{"HOME", ".platformio", "packages/toolchain-*/bin"},
	{"USERPROFILE", ".platformio", "packages/toolchain-*/bin"},
	{"HOME", ".arduino15", "packages/*/tools/*/*/bin"},
	{"HOME", "Library/Arduino15", "packages/*/tools/*/*/bin"},
	{"LOCALAPPDATA", "Arduino15", "packages/*/tools/*/*/bin"},
}

// elsewhere finds a program where vendors install theirs, of several versions the
// newest; "" if it is not there.
func (o Options) elsewhere(command string) string {
	for _, p := range places {
		root := o.Host.Getenv(p.variable)
		if root == "" {
			continue
		}
		var found []string
		for _, name := range []string{command, command + ".exe"} {
			pattern := filepath.ToSlash(filepath.Join(root, p.below)) + "/" + p.pattern + "/" + name
			list, _ := fs.Glob(o.Host, pattern)
			found = append(found, list...)
		}
		found = slices.DeleteFunc(found, func(name string) bool { return o.Host.Find(name) == "" })
		if len(found) > 0 {
			return slices.MaxFunc(found, compareVersions)
		}
	}
	return ""
}

// compareVersions compares names by the numbers in them: esp-13.2.0 is before esp-14.1.0,
// and esp-9 before esp-13.
func compareVersions(a, b string) int {
	for a != "" && b != "" {
		na, nb := digits(a), digits(b)
		if na > 0 && nb > 0 {
			x, y := strings.TrimLeft(a[:na], "0"), strings.TrimLeft(b[:nb], "0")
			if len(x) != len(y) {
				return len(x) - len(y)
			}
			if c := strings.Compare(x, y); c != 0 {
				return c
			}
			a, b = a[na:], b[nb:]
			continue
		}
		if a[0] != b[0] {
			return int(a[0]) - int(b[0])
		}
		a, b = a[1:], b[1:]
	}
	return len(a) - len(b)
}

// digits is how many digits a text begins with.
func digits(text string) int {
	return len(text) - len(strings.TrimLeft(text, "0123456789"))
}

// FindMpyCross finds MicroPython's compiler: the one that the environment names, that
// of sources in some directories, or one on the PATH; "" if there is none.
func FindMpyCross(h host.Host, sources []string) string {
	names := []string{h.Getenv("MPY_CROSS")}
	for _, dir := range sources {
		names = append(names, filepath.Join(dir, "mpy-cross", "build", "mpy-cross"), filepath.Join(dir, "mpy-cross", "mpy-cross"))
	}
	for _, name := range append(names, "mpy-cross", "mpy-cross-v6.3", "mpy-cross-v6") {
		if name == "" {
			continue
		}
		if program := h.Find(name); program != "" {
			return program
		}
	}
	return ""
}

// Install is how to get a compiler on one kind of system.
type Install struct {
	System  string `json:"system"`
	Command string `json:"command"`
}

// Installs are the ways to get a compiler for an architecture.
func Installs(name string) []Install {
	if row := rowOf(name); row != nil {
		return installs.Get()[row.install]
	}
	return nil
}

// InstallsCXX are the ways to get what compilers for an architecture need for C++: a
// package of its own on some systems.
func InstallsCXX(name string) []Install {
	row := rowOf(name)
	if row == nil || installCXX.Get()[row.install] == "" {
		return nil
	}
	return []Install{{"Debian, Ubuntu", "apt install " + installCXX.Get()[row.install]}}
}

// installCXX are Debian's packages, by the name in arch.install.
var installCXX = lazy.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{"x64": "g++", "x86": "g++-multilib", "arm": "libstdc++-arm-none-eabi-newlib"}
}}

// installs are for doctors and errors, by the name in arch.install.
var installs = lazy.Value[map[string][]Install]{Make: func() map[string][]Install {
	return map[string][]Install{
		"x64": {
			{"Debian, Ubuntu", "apt install gcc"},
			{"Arch", "pacman -S gcc"},
			{"Homebrew", "brew install zig"},
		},
		"x86": {
			{"Debian, Ubuntu", "apt install gcc-multilib"},
			{"Arch", "pacman -S lib32-gcc-libs lib32-glibc gcc"},
			{"Homebrew", "brew install zig"},
		},
		"arm": {
			{"Debian, Ubuntu", "apt install gcc-arm-none-eabi libnewlib-arm-none-eabi"},
			{"Arch", "pacman -S arm-none-eabi-gcc arm-none-eabi-newlib"},
			{"Homebrew", "brew install --cask gcc-arm-embedded"},
			{"xPack", "xpm install -g @xpack-dev-tools/arm-none-eabi-gcc"},
		},
		"xtensa": {
			{"Debian, Ubuntu", "apt install gcc-xtensa-lx106 picolibc-xtensa-lx106-elf"},
		},
		"xtensawin": {
			{"ESP-IDF", "install.sh esp32 && . ./export.sh"},
			{"PlatformIO", "pio pkg install -g -t espressif/toolchain-xtensa-esp-elf"},
		},
		"riscv": {
			{"Debian, Ubuntu", "apt install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf"},
			{"Arch", "pacman -S riscv64-elf-gcc riscv64-elf-newlib"},
			{"Homebrew", "brew install riscv64-elf-gcc"},
			{"xPack", "xpm install -g @xpack-dev-tools/riscv-none-elf-gcc"},
			{"ESP-IDF", "install.sh esp32c3 && . ./export.sh"},
		},
	}
}}

// Missing is the error about an architecture without a compiler.
type Missing struct {
	Arch  string
	Tried []string // compilers that are there, and why they will not do
	Err   *diag.Error
}

func (m *Missing) Error() string { return m.Err.Error() }
func (m *Missing) Unwrap() error { return m.Err }

func missing(row *arch, tried []string) error {
	e := diag.New("", "no compiler for %s", row.name)
	for _, text := range tried {
		e.Note("%s", text)
	}
	var names []string
	for _, c := range row.candidates {
		names = append(names, strings.Join(append([]string{c.command}, c.args...), " "))
	}
	e.Note("looked for %s", strings.Join(names, ", "))
	for _, i := range installs.Get()[row.install] {
		e.Note("%s: %s", i.System, i.Command)
	}
	return &Missing{row.name, tried, e.Note("or name one: --cc %s=COMMAND", row.name)}
}
