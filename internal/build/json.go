package build

import (
	"time"

	"mpyld/diag"
	"mpyld/size"
)

// Report is the result for programs: docs/JSON.md describes it.
type report struct {
	Schema   int            `json:"schema"`
	Name     string         `json:"name"`
	Version  string         `json:"version,omitempty"`
	Made     string         `json:"made_with"`
	OK       bool           `json:"ok"`
	Millis   int64          `json:"ms"`
	Targets  []reportTarget `json:"targets"`
	NotBuilt []string       `json:"not_built,omitempty"`
	Errors   []reportGroup  `json:"errors,omitempty"`
	Warnings []reportGroup  `json:"warnings,omitempty"`
}

type reportTarget struct {
	Target   string        `json:"target"`
	Arch     string        `json:"arch"`
	ABI      string        `json:"abi"`
	File     string        `json:"file,omitempty"`
	UpToDate bool          `json:"up_to_date"`
	Sizes    *size.Sum     `json:"sizes,omitempty"`
	Over     []string      `json:"over_limit,omitempty"`
	Tests    []reportTrial `json:"tests,omitempty"`
	Millis   int64         `json:"ms"`
}

type reportTrial struct {
	In     string `json:"in"`
	Passed bool   `json:"passed"`
	Millis int64  `json:"ms"`
}

type reportGroup struct {
	Targets []string `json:"targets"`
	Step    string   `json:"step,omitempty"`
	Code    string   `json:"code,omitempty"`
	Where   string   `json:"where,omitempty"`
	Text    string   `json:"text,omitempty"`
	diag.Coordinates
	Symbol string   `json:"symbol,omitempty"`
	Notes  []string `json:"notes,omitempty"`
	Output string   `json:"output,omitempty"`
}

// JSON is the report for programs of a build that a version of mpyld made.
func (r *Result) JSON(took time.Duration, tool string) (string, error) {
	rep := report{
		Schema: 1, Name: r.Name, Version: r.Version, Made: tool, OK: !r.Failed(), Millis: took.Milliseconds(), Targets: []reportTarget{},
		NotBuilt: r.Skipped, Errors: reportGroups(r.Errors()), Warnings: reportGroups(r.Warnings()),
	}
	for _, out := range r.Targets {
		t := reportTarget{Target: out.Target, Arch: out.Arch, ABI: out.ABI, File: relative(out.Output), UpToDate: out.UpToDate, Over: out.Over, Millis: out.Took.Milliseconds()}
		if out.Output != "" {
			t.Sizes = &out.Sizes
		}
		for _, trial := range out.Trials {
			t.Tests = append(t.Tests, reportTrial{trial.In, trial.Passed, trial.Took.Milliseconds()})
		}
		rep.Targets = append(rep.Targets, t)
	}
	return diag.JSON(rep)
}

func reportGroups(groups []Group) []reportGroup {
	var list []reportGroup
	for _, g := range groups {
		out := reportGroup{Targets: g.Targets, Step: g.Step, Output: g.Output}
		if g.Err != nil {
			d := g.Err.Diagnostic("")
			out.Code, out.Where, out.Text, out.Coordinates, out.Symbol, out.Notes = d.Code, d.Where, d.Message, d.Coordinates, d.Symbol, g.Err.NoteTexts()
		}
		list = append(list, out)
	}
	return list
}
