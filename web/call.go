// Package web is mpyld for programs that are not written in Go, in a browser above all: a request
// goes in as bytes, an answer comes out as bytes, and there is no file system between.
//
// It stands apart from the command because there are no words to take apart and no files to
// open; what it answers is what the command prints, to the letter. It must never know what is
// in a file: each verb makes a call of the library (package mpyld).
package web

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mpyld"
	"mpyld/diag"
)

// A request and an answer are a message each: the size of a head in four bytes, the lowest
// first; the head, which is JSON; and the content of the files that it lists, one after another.
//
//	14 00 00 00  {"verb":"inspect", ..., "files":[{"name":"a.mpy","size":261}]}  4d 06 ...

// request is the head of what is asked.
type request struct {
	Verb     string          `json:"verb"`
	Operands []string        `json:"operands"` // names of files, as on a command line
	Options  json.RawMessage `json:"options"`  // the verb's
	Files    []entry         `json:"files"`    // all that may be read
}

// entry is a file of a message. Its content is behind the head.
type entry struct {
	Name string `json:"name"`
	Size int    `json:"size"`
}

// The exit statuses of the command.
const (
	done   = 0
	no     = 1 // it failed, or the answer is no
	misuse = 2
	fault  = 3 // in mpyld itself
)

// answer is the head of what is answered. The text is the first of the files behind it.
type answer struct {
	Status      int               `json:"status"`
	Messages    string            `json:"messages"`    // errors and warnings, as the command prints them
	Diagnostics []diag.Diagnostic `json:"diagnostics"` // the same as values, which docs/JSON.md describes
	Text        int               `json:"text"`        // bytes of what the command prints
	Files       []entry           `json:"files"`       // what the command writes
}

// job is a request at work, and what has come out of it so far.
type job struct {
	operands []string
	options  json.RawMessage
	files    files

	text     strings.Builder
	warnings diag.List
	no       bool // the answer is no, which is no error
	outputs  []output
}

// output is a file that a job makes.
type output struct {
	name string
	data []byte
}

// misused is an error about what was asked rather than about a file.
type misused struct{ error }

func (m misused) Unwrap() error { return m.error }

// Call answers a request. It never panics: a mistake of mpyld's is an answer too.
func Call(message []byte) []byte {
	j, err := run(message)
	a := answer{Diagnostics: []diag.Diagnostic{}, Files: []entry{}}
	a.tell("warning", mpyld.Readable(j.warnings))
	var usage misused
	var mistake *mpyld.InternalError
	switch {
	case errors.As(err, &mistake):
		a.Status = fault
		err = reported(mistake)
	case errors.As(err, &usage):
		a.Status = misuse
	case err != nil, j.no:
		a.Status = no
	}
	var list diag.List
	list.Join(err)
	a.tell("error", mpyld.Readable(list))
	text := j.text.String()
	a.Text = len(text)
	content := [][]byte{[]byte(text)}
	if err == nil {
		for _, o := range j.outputs {
			a.Files = append(a.Files, entry{o.name, len(o.data)})
			content = append(content, o.data)
		}
	}
	head, err := json.Marshal(a)
	if err != nil {
		panic(err) // names and numbers
	}
	return slices.Concat(binary.LittleEndian.AppendUint32(nil, uint32(len(head))), head, slices.Concat(content...))
}

// run does what a message asks for.
func run(message []byte) (j *job, err error) {
	j = &job{}
	defer func() {
		if p := recover(); p != nil {
			err = &mpyld.InternalError{What: fmt.Sprintf("internal error: %v", p)}
		}
	}()
	var r request
	if r, j.files, err = read(message); err != nil {
		return j, misused{err}
	}
	j.operands, j.options = r.Operands, r.Options
	verb, ok := verbs[r.Verb]
	if !ok {
		e := diag.New("", "%s: there is no such verb", r.Verb)
		if like := diag.Closest(r.Verb, slices.Collect(maps.Keys(verbs))); like != "" {
			e.Note("did you mean %s?", like)
		}
		return j, misused{e.Note("the verbs are %s", strings.Join(slices.Sorted(maps.Keys(verbs)), ", "))}
	}
	if len(r.Operands) < verb.least {
		return j, misused{diag.New("", "%s takes at least %d files", r.Verb, verb.least)}
	}
	return j, verb.run(j)
}

// reported is the error about a mistake in mpyld itself.
func reported(mistake *mpyld.InternalError) error {
	const most = 10 // of what is wrong: enough to find it
	e := diag.New("", "%s", mistake.What)
	var details diag.List
	details.Join(mistake.Details)
	for _, d := range details[:min(len(details), most)] {
		e.Note("%s", d.Error())
	}
	return e.Note("this is a mistake in mpyld, not in your files: please report it, with what was asked and the input files")
}

// read takes a message apart.
func read(message []byte) (r request, list files, err error) {
	if len(message) < 4 {
		return r, nil, errors.New("the request has no size")
	}
	size, rest := binary.LittleEndian.Uint32(message), message[4:]
	if uint64(size) > uint64(len(rest)) {
		return r, nil, errors.New("the request ends within its head")
	}
	if err := json.Unmarshal(rest[:size], &r); err != nil {
		return r, nil, fmt.Errorf("the head of the request: %w", err)
	}
	rest = rest[size:]
	list = files{}
	for _, f := range r.Files {
		if f.Size < 0 || f.Size > len(rest) {
			return r, nil, fmt.Errorf("the request ends within %s", diag.Plain(f.Name))
		}
		list[f.Name] = rest[:f.Size:f.Size]
		rest = rest[f.Size:]
	}
	return r, list, nil
}

// tell adds errors or warnings to an answer.
func (a *answer) tell(severity string, list diag.List) {
	for i, e := range list {
		if severity == "error" && i >= diag.Limit {
			break
		}
		d := e.Diagnostic(severity)
		if d.Code == "" && a.Status == misuse && severity == "error" {
			d.Code = "usage"
		}
		a.Diagnostics = append(a.Diagnostics, d)
	}
	if severity == "error" {
		a.Messages += diag.Render("mpyld: ", list.Err())
		return
	}
	a.Messages += diag.RenderWarnings("mpyld: ", list)
}
