package build

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"mpyld/diag"
	"mpyld/size"
)

// hostile is a result with texts that look like something else.
func hostile() *Result {
	const text = "x\n```\n</td>| **b** [a](b) \x1b[2J\u009b2J\r\n"
	return &Result{
		Name: "wave|*", Version: "1.0", Skipped: []string{"rv32imc_5: <no>"},
		Targets: []Outcome{
			{
				Target: "x64_6.3", Arch: "x64", ABI: "6.3", Output: `dist/x64_6.3/wave.mpy`, Sizes: size.Sum{File: 300, RAM: 200, Text: 190, BSS: 10},
				Trials: []Trial{{In: text, Passed: true, Took: time.Second}}, Over: []string{"ram 200 of 100"},
			},
			{
				Target: "armv7m_6.3", Arch: "armv7m", ABI: "6.3",
				Errors: []Failure{{Err: diag.New("a.c", "%s", text).Note("%s", text), Output: text}, {Step: "compile a.c", Output: text}},
			},
		},
	}
}

// TestJSON: the report is JSON, whatever texts are in it, and has it all.
func TestJSON(t *testing.T) {
	data, err := hostile().JSON(1500*time.Millisecond, "0.1.0")
	if err != nil {
		t.Fatal(err)
	}
	var got report
	if err := json.Unmarshal([]byte(data), &got); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if strings.Contains(data, "\u009b") || got.Targets[0].Tests[0].In != hostile().Targets[0].Trials[0].In {
		t.Errorf("a terminal obeys the report:\n%q", data)
	}
	good := got.Targets[0]
	switch {
	case got.Schema != 1 || got.OK || got.Millis != 1500 || got.Name != "wave|*" || got.Version != "1.0" || got.Made != "0.1.0" || len(got.NotBuilt) != 1:
		t.Errorf("%s", data)
	case good.Sizes.RAM != 200 || good.File != "dist/x64_6.3/wave.mpy" || !good.Tests[0].Passed || good.Tests[0].Millis != 1000 || good.Over[0] != "ram 200 of 100":
		t.Errorf("%s", data)
	case got.Targets[1].Sizes != nil || len(got.Errors) != 2 || got.Errors[0].Where != "a.c" || got.Errors[1].Step != "compile a.c" || got.Errors[1].Targets[0] != "armv7m_6.3":
		t.Errorf("%s", data)
	}
	if empty, err := (&Result{}).JSON(0, ""); err != nil || !strings.Contains(string(empty), `"targets": []`) {
		t.Errorf("%v\n%s", err, empty)
	}
}

// TestMarkdown: no text makes a cell, a line, or a word of Markdown.
func TestMarkdown(t *testing.T) {
	const want = `### wave\|\*

| target | file | RAM | text | rodata | bss | time | test |
|:--|--:|--:|--:|--:|--:|--:|--:|
| x64\_6.3 | 300 | 200 | 190 | 0 | 10 | 0 ms | passed |
| armv7m\_6.3 | failed |  |  |  |  | 0 ms | - |

built 1 of 2 in 0 ms; not built: rv32imc\_5: \<no\>

on armv7m\_6.3:

    error: a.c: x\n` + "```" + `\n</td>| **b** [a](b) \x1b[2J\u009b2J\r\n
    note: x\n` + "```" + `\n</td>| **b** [a](b) \x1b[2J\u009b2J\r\n
    x
    ` + "```" + `
    </td>| **b** [a](b) \x1b[2J\u009b2J

on armv7m\_6.3:

    x
    ` + "```" + `
    </td>| **b** [a](b) \x1b[2J\u009b2J

`
	if got := hostile().Markdown(0); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestGroups: what is wrong with several targets is one thing, though the files have other
// directories and not every GCC has the quotes of the language.
func TestGroups(t *testing.T) {
	r := &Result{Targets: []Outcome{
		{Target: "x64_6.3", Errors: []Failure{{Output: "in build/x64_6.3/a.h: ‘x’ undeclared"}}},
		{Target: "armv7m_6.3", Errors: []Failure{{Output: "in build/armv7m_6.3/a.h: 'x' undeclared"}}},
		{Target: "xtensa_6.3", Errors: []Failure{{Output: "in build/xtensa_6.3/a.h: 'y' undeclared"}}},
	}}
	at := func(off uint64, line int) *diag.Error {
		place := diag.Place{Object: "wave.o", Section: ".text", Off: off, Source: diag.Source{File: "wave.c", Line: line}}
		return diag.New(place, "undefined symbol: f").Note("also referenced at %s", place)
	}
	lines := &Result{Targets: []Outcome{
		{Target: "x64_6.3", Errors: []Failure{{Err: at(4, 7)}}}, {Target: "armv7m_6.3", Errors: []Failure{{Err: at(8, 7)}}}, {Target: "xtensa_6.3", Errors: []Failure{{Err: at(8, 9)}}},
	}}
	if groups := lines.Errors(); len(groups) != 2 || groups[0].For() != "on x64_6.3, armv7m_6.3" {
		t.Errorf("%+v", groups)
	}
	if groups := r.Errors(); len(groups) != 2 || groups[0].For() != "on x64_6.3, armv7m_6.3" || groups[1].For() != "on xtensa_6.3" {
		t.Errorf("%+v", groups)
	}
}
