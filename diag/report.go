package diag

import (
	"bytes"
	"encoding/json"
)

// Diagnostic is an error, warning or note for programs: docs/JSON.md describes it.
type Diagnostic struct {
	Severity string `json:"severity"` // error, warning, note
	Code     string `json:"code,omitempty"`
	Message  string `json:"message"`
	Where    string `json:"where,omitempty"` // coordinates, as people are told them
	Coordinates
	Symbol string           `json:"symbol,omitempty"`
	Notes  []DiagnosticNote `json:"notes,omitempty"`
}

// DiagnosticNote is a note to a Diagnostic.
type DiagnosticNote struct {
	Message string `json:"message"`
	Coordinates
}

// Coordinates are those that are known.
type Coordinates struct {
	File    string  `json:"file,omitempty"` // a source, script or manifest
	Line    int     `json:"line,omitempty"`
	Column  int     `json:"column,omitempty"`
	Object  string  `json:"object,omitempty"`
	Section string  `json:"section,omitempty"`
	Offset  *uint64 `json:"offset,omitempty"` // in the section, in bytes
}

// Coordinates are those of the place.
func (p Place) Coordinates() Coordinates {
	c := Coordinates{Object: p.Object, Section: p.Section}
	if p.Source.Known() {
		c.File, c.Line, c.Column = p.Source.File, p.Source.Line, p.Source.Column
	}
	if p.Section != "" && !p.Whole {
		c.Offset = &p.Off
	}
	return c
}

// Diagnostic is the error for programs, of a severity.
func (e *Error) Diagnostic(severity string) Diagnostic {
	d := Diagnostic{Severity: severity, Message: e.Text, Where: e.Where, Coordinates: e.Place.Coordinates()}
	d.Code, d.Symbol = e.Code()
	for _, n := range e.Notes {
		d.Notes = append(d.Notes, DiagnosticNote{n.Text, n.Place.Coordinates()})
	}
	return d
}

// Line is the diagnostic as one line of JSON. What is not printable is written as an escape, as JSON does.
func (d Diagnostic) Line() string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(d); err != nil {
		return "" // of values like these it is never one
	}
	return escapeHidden(b.String())
}
