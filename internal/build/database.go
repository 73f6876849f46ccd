package build

// Compilation is a run of the compiler for a source, as editors and analyzers want to
// know it (clang's JSON compilation database).
type Compilation struct {
	Directory string   `json:"directory"`
	File      string   `json:"file"`
	Arguments []string `json:"arguments"`
	Output    string   `json:"output"`
}

// compilations are those of a plan; their directory is for the command to say.
func (p *plan) database() []Compilation {
	var list []Compilation
	for _, c := range p.compiles {
		list = append(list, Compilation{File: c.source.path, Arguments: c.argv, Output: c.output})
	}
	return list
}
