//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
)

// TestDistances runs modules whose parts are farther from each other than their branches
// reach, in every form that a way in between can have.
func TestDistances(t *testing.T) {
	hundreds, thousands := slices.Repeat([]int{100000}, 7), []int{300000, 300000}
	for _, tt := range []struct {
		arch         string
		first, other []int  // sizes of the sections between the parts
		made         string // what the linker has to make, by the words of the map, among others
		forms        string // what the forms of branches.S return
		bed          string // "": all that run the architecture
	}{
		{"xtensa", hundreds, thousands, `"island to middle" literals "veneer mpy_init" "veneer back"`, "25 25 25 25 25", ""},
		{"xtensawin", hundreds, thousands, `"island to middle" literals "veneer mpy_init" "veneer back"`, "25 25 25 25 25", ""},
		{"rv32imc", []int{700000, 700000}, []int{3000}, `"island to middle_sum"`, "137 137 137 137 135", ""},
		{"rv64imc", []int{700000, 700000}, []int{3000}, `"island to middle_sum"`, "137 137 137 137 135", ""},
		{"rv32imc", []int{3000}, []int{1100000}, `"island to middle_sum" "veneer back_called"`, "137 137 137 137 135", ""},
		{"rv64imc", []int{3000}, []int{1100000}, `"island to middle_sum" "veneer back_called"`, "137 137 137 137 135", ""},
		{"armv6m", []int{3000}, []int{3000}, `"veneer middle_sum" "veneer front_sum"`, "26 26 26 26 26", ""},
		{"armv7m", []int{700000, 700000}, []int{3000}, `"island to middle_sum" "island to front_sum"`, "26 26 26 26 26", ""},
		// Of the beds, only this one has the memory.
		{"armv6m", []int{17000000}, []int{3000}, `"veneer middle_sum" "veneer front_sum"`, "26 26 26 26 26", "armhf"},
		{"armv7emsp", []int{9000000, 9000000}, []int{17000000}, `"island to middle_sum" "veneer back"`, "26 26 26 26 26", "armhf"},
	} {
		t.Run(fmt.Sprintf("%s %d", tt.arch, tt.first[0]), func(t *testing.T) {
			t.Parallel()
			set := must1(fixtures.SetNamed(tt.arch + "-gcc12.2-Os-fpic"))(t)
			dir := t.TempDir()
			const source = "testdata/distances/"
			config := filepath.Join(dir, "config.h")
			link(t, "--preprocess", "-o", config, source+"module.c")
			objects := 0
			// -fno-pic: on Xtensa, only that calls directly.
			compile := func(file string, flags ...string) string {
				objects++
				object := filepath.Join(dir, fmt.Sprintf("part%d.o", objects))
				args := append(set.Args(file), flags...)
				runCompiler(t, set.Compiler().Command, append(args, "-ffunction-sections", "-fno-pic", "-I", dir, "-I", filepath.Join(root, "fixtures/src"), "-o", object, "-c", file)...)
				return object
			}
			gap := func(sizes []int) string {
				var text strings.Builder
				for i, n := range sizes {
					fmt.Fprintf(&text, ".section .text.gap%d, \"ax\"\n.balign 4\n.space %d\n", i, n)
				}
				file := filepath.Join(dir, fmt.Sprintf("gap%d.s", objects))
				must(t, os.WriteFile(file, []byte(text.String()), 0o666))
				return compile(file)
			}
			args := []string{
				"--arch", tt.arch, "--qstrs", config, "-Map=" + filepath.Join(dir, "map"), "-o", filepath.Join(dir, "distances.mpy"),
				compile(source+"part.c", "-DHERE=front", "-DCALLS=front_calls", "-DKEY=0x12345"),
				compile(source+"branches.S", "-DSUM=front_sum", "-DCALLED=front_called", "-DTO=middle_sum", "-DCALLS=back_called", "-DF(n)=f##n"),
				gap(tt.first),
				compile(source+"part.c", "-DHERE=middle", "-DCALLS=middle_calls", "-DKEY=0x23456"),
				compile(source+"branches.S", "-DSUM=middle_sum", "-DCALLED=middle_called", "-DTO=front_sum", "-DCALLS=back_called", "-DF(n)=g##n"),
				gap(tt.other),
				compile(source+"branches.S", "-DSUM=back_sum", "-DCALLED=back_called"),
				compile(source+"part.c", "-DHERE=back", "-DCALLS=back_calls", "-DKEY=0x34567"),
				compile(source+"module.c", "-fno-jump-tables"),
			}
			link(t, args...)
			text, err := os.ReadFile(filepath.Join(dir, "map"))
			must(t, err)
			for _, what := range regexp.MustCompile(`"[^"]+"|\w+`).FindAllString(tt.made, -1) {
				if !strings.Contains(string(text), " "+what+" size=") {
					t.Errorf("the linker made no %s", what)
				}
			}
			ran, want := 0, strings.Repeat("1599182 ", 3)+tt.forms+" "+tt.forms+" -1\n"
			for _, b := range allBeds(t) {
				if tt.bed != b.name && (tt.bed != "" || !slices.Contains(b.runs, tt.arch)) {
					continue
				}
				ran++
				if got := b.run(t, source+"test.py", dir); got != want {
					t.Errorf("bed %s printed %q, want %q", b.name, got, want)
				}
			}
			if ran == 0 {
				t.Error("no bed ran it")
			}
		})
	}
}
