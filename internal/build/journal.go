package build

import (
	"bytes"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"mpyld/internal/host"
)

// A step is done again when its command, one of the files it read or one that it
// wrote is another than when it was done last. Times do not count: caches of CI
// restore them wrongly. What was done is in a journal, a line a step, written as
// soon as the step is complete: a build that is killed loses the steps that were
// running, and the next one does those.
//
//	{"id":"obj/wave.c.o","key":"9f…","in":[["wave.c","41…"],["wave.h","07…"]],"out":[["build/x64_6.3/obj/wave.c.o","c0…"]]}
//
// The last line of an id counts. What cannot be read is skipped: its step is done
// again.

// record is what is known of a step that is done.
type record struct {
	ID   string          `json:"id"`
	Key  string          `json:"key"`
	In   []fileHash      `json:"in,omitempty"`
	Out  []fileHash      `json:"out,omitempty"`
	Data json.RawMessage `json:"data,omitempty"` // what the step found out
}

type fileHash [2]string // name, hash; absent: there is no such file

const absent = "-"

// did is what there is to record of a step: files, and what it found out.
type did struct {
	read, wrote []string
	missed      []string // that are not there, and would have been read
	found       any
}

// journal is the records of a directory.
type journal struct {
	host  host.Host
	files *files
	name  string

	mu      sync.Mutex
	records map[string]*record
	lines   int
}

const journalName = ".mpyld-build"

// openJournal reads the journal of a directory.
func openJournal(h host.Host, files *files, dir string) *journal {
	j := &journal{host: h, files: files, name: filepath.Join(dir, journalName), records: map[string]*record{}}
	data, err := h.ReadFile(j.name)
	if err != nil {
		return j
	}
	for line := range bytes.Lines(data) {
		var r record
		if json.Unmarshal(line, &r) == nil && r.ID != "" {
			j.records[r.ID] = &r
		}
		j.lines++
	}
	if len(data) > 0 && data[len(data)-1] != '\n' {
		j.lines += compactAfter // the last line was cut off: write them all anew
	}
	return j
}

// compactAfter is how many more lines than records a journal may have.
const compactAfter = 1000

// fresh returns the record of a step that needs not be done again, or nil.
func (j *journal) fresh(id, key string) *record {
	j.mu.Lock()
	r := j.records[id]
	j.mu.Unlock()
	if r == nil || r.Key != key {
		return nil
	}
	if j.files.changedOf(r.In) != "" || j.files.changedOf(r.Out) != "" {
		return nil
	}
	return r
}

// read returns the files that a step read when it was done last.
func (j *journal) read(id string) (names []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if r := j.records[id]; r != nil {
		for _, f := range r.In {
			names = append(names, f[0])
		}
	}
	return names
}

// done records a step.
func (j *journal) done(id, key string, d did) error {
	r := &record{ID: id, Key: key}
	for _, name := range d.read {
		r.In = append(r.In, fileHash{name, j.files.hash(name)})
	}
	for _, name := range d.missed {
		r.In = append(r.In, fileHash{name, absent})
	}
	j.files.changed(d.wrote...)
	for _, name := range d.wrote {
		r.Out = append(r.Out, fileHash{name, j.files.hash(name)})
	}
	var err error
	if d.found != nil {
		if r.Data, err = json.Marshal(d.found); err != nil {
			return err
		}
	}
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.records[id] = r
	if j.lines++; j.lines > len(j.records)+compactAfter {
		return j.compact()
	}
	if j.lines == 1 {
		return j.host.WriteFile(j.name, append(line, '\n')) // which makes the directory too
	}
	return j.host.Append(j.name, append(line, '\n'))
}

// compact writes the records that count.
func (j *journal) compact() error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, id := range slices.Sorted(func(yield func(string) bool) {
		for id := range j.records {
			if !yield(id) {
				return
			}
		}
	}) {
		if err := enc.Encode(j.records[id]); err != nil {
			return err
		}
	}
	j.lines = len(j.records)
	return j.host.WriteFile(j.name, b.Bytes())
}

// Recall and Remember make a journal a toolchain.Memo.
func (j *journal) Recall(key string) (string, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r := j.records[hashOf(key)]
	if r == nil {
		return "", false
	}
	var answer string
	err := json.Unmarshal(r.Data, &answer)
	return answer, err == nil
}

// forget drops what compilers said. That this cannot be written has consequences only
// where nothing else can be written either.
func (j *journal) forget() {
	j.mu.Lock()
	defer j.mu.Unlock()
	maps.DeleteFunc(j.records, func(_ string, r *record) bool { return r.Key == "" })
	_ = j.compact()
}

// Remember records what a compiler said. That it cannot be written only costs the
// next build time.
func (j *journal) Remember(key, answer string) { _ = j.done(hashOf(key), "", did{found: answer}) }
