package relocs

// Where an assembler lets the linker change how long code is, it leaves a table of what each byte of
// that is. A row has how to read the table, whose entries are three words: where, how many bytes, flags.
//
//	0, 9, code     9, 0, fill up to a multiple of 4     12, 30, code     42, 2, fill

// Property is what bytes of code are.
type Property uint8

const (
	Unknown Property = iota // what must stay as it is, with all that is around it
	Code                    // instructions, which may become others of another length
	Fixed                   // instructions that must stay as long as they are
	Fill                    // bytes that nothing runs or reads
	FillTo                  // the same, as many as it takes to a multiple of a number: what is behind them starts there
)

// Properties is how to read a table of what code is.
type Properties struct {
	Prefix string // what the names of its sections start with
	Kind   func(flags uint32) (kind Property, align uint32)
}
