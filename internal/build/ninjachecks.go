package build

import (
	"path/filepath"

	"mpyld/diag"
	"mpyld/internal/interpreter"
	"mpyld/target"
)

// What a build asks of a module that is there, limits and the test, are edges behind it: ninja
// fails, and the module stays. Each writes a file when it has passed.
//
//	dist/x64_6.3/wave.mpy ─ size ─► build/x64_6.3/wave.limits
//	                      └ test ─► build/x64_6.3/wave.test-1f2e3d4c, for each interpreter that takes it

// asked is an interpreter that has said what it is.
type asked struct {
	*interpreter.Interpreter
	runs target.Target
}

// asked asks all interpreters what they are.
func (b *builder) asked() (list []asked, err error) {
	if len(b.Interpreters) == 0 {
		return nil, nil
	}
	if err := b.checkTest(); err != nil {
		return nil, err
	}
	var errs diag.List
	seen := map[string]bool{}
	for _, in := range b.Interpreters {
		if seen[in.Name] {
			continue // which is named twice
		}
		seen[in.Name] = true
		to, err := in.Ask(b.ctx, b.Host)
		errs.Join(err)
		list = append(list, asked{in, to})
	}
	return list, errs.Err()
}

// ninjaChecks adds the edges of limits and tests for a module, and returns what they write.
func (b *builder) ninjaChecks(w *ninjaWriter, p *plan, list []asked) (stamps []string, unfit diag.List) {
	behind := edge{what: relative(p.output), inputs: []string{p.output}, implicit: []string{"$mpyld"}}
	if limits := b.Limits.String(); limits != "" {
		check := behind
		check.rule, check.output, check.options = "size", filepath.Join(p.dir, b.Name+".limits"), []string{"--limit=" + limits}
		w.edge(check)
		stamps = append(stamps, check.output)
	}
	for _, in := range list {
		if no := in.runs.Loader().Refuses(p.Header()); no != nil {
			unfit.Add(in.Name, "%s: %s", p.name, no.Why)
			continue
		}
		id := hashOf(in.Options()...)[:8]
		test := behind
		test.rule, test.output, test.options = "test", filepath.Join(p.dir, b.Name+".test-"+id), append(in.Options(), "--if-taken", b.Test)
		test.what = relative(p.output) + " in " + in.Name
		test.implicit = append([]string{b.Test, b.Host.Find(in.Program())}, behind.implicit...)
		if in.OneAtATime() {
			test.pool = "board"
		}
		w.edge(test)
		stamps = append(stamps, test.output)
	}
	return stamps, unfit
}
