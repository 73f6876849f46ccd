package target

import (
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// A board is a device with a name: what its sys.implementation._mpy is follows
// from its architecture and the release. "--board pico" with 1.22 is the device
// 0x1206, and "--arch pico" means the same.

// boardOf returns the board that --arch names, if it is none of an architecture.
func boardOf(name string) *machines.Board {
	if machines.For(name) != nil {
		return nil
	}
	return machines.BoardNamed(name)
}

// namedBoard returns the board that --board names: none for "".
func namedBoard(name string) (*machines.Board, error) {
	if name == "" {
		return nil, nil
	}
	if b := machines.BoardNamed(name); b != nil {
		return b, nil
	}
	return nil, noSuchBoard(name)
}

// setBoard makes Device that of a board with firmware of the release; "" leaves
// it open.
func (t *Target) setBoard(name string) error {
	b, err := namedBoard(name)
	if b == nil {
		return err
	}
	if !t.Loads(b.Arch) {
		return diag.New("", "--board %s: it is %s, and no firmware of %s loads such code", name, b.Arch.Name, t.Release).Note("%s", t.since(b.Arch))
	}
	t.Board = b
	t.Device = t.Release.On(b.Arch, extensions(b), name)
	return nil
}

// nameDevice says what a device is that a number describes.
func (t *Target) nameDevice(name string) error {
	b, err := namedBoard(name)
	if b == nil {
		return err
	}
	// A device that takes more than the board's code is another one, too.
	if firmware := t.Release.On(b.Arch, extensions(b), name); !t.Device.Takes(b.Arch.Code) || !firmware.Takes(t.Device.Arch) {
		return diag.New("", "--board %s: it is %s, and the device (0x%04x) is %s", name, b.Arch.Name, t.Device.Number, machines.Name(t.Device.Arch)).
			Note("leave --board out: the number says it all")
	}
	t.Board = b
	return nil
}

// OnArch makes the target firmware of its release for an architecture, or a
// board, that --arch names.
func (t *Target) OnArch(name string) error {
	if boardOf(name) != nil {
		return t.setBoard(name)
	}
	arch, err := t.findArch(name)
	if err == nil && t.Device == nil {
		t.Device = t.Release.On(arch, ^uint64(0), arch.Name)
	}
	return err
}

// extensions are those that the board's firmware says it has.
func extensions(b *machines.Board) uint64 {
	flags, err := b.Arch.ParseFlags(strings.ReplaceAll(b.Extensions, " ", ","))
	if err != nil {
		return 0 // it has none
	}
	return flags
}

// deviceName is what messages call the device.
func (t Target) deviceName() string {
	if t.Device.Name != "" {
		return t.Device.Name
	}
	return diag.New("", "the device (0x%04x)", t.Device.Number).Text
}

// noSuchBoard is the error about a name that is none of a board, or one of
// several.
func noSuchBoard(name string) error {
	if machines.For(name) != nil {
		return diag.New("", "--board %s: that is an architecture", name).Note("name it with --arch %s", name)
	}
	err := diag.New("", "--board %s: no such chip or board is known", name)
	if archs, _ := machines.BoardsFrom(name); len(archs) > 1 {
		err = diag.New("", "--board %s: chips and boards with such names differ", name)
	}
	suggest(err, name, nil)
	return err.Note("--arch takes the name of an architecture: %s", strings.Join(ArchNames(), ", "))
}

// suggest adds to an error about a name what may have been meant by it: one of
// others, or of a board.
func suggest(err *diag.Error, name string, others []string) {
	if archs, names := machines.BoardsFrom(name); len(archs) > 0 {
		for i, m := range archs {
			err.Note("%s", are(names[i], m.Name))
		}
		return
	}
	if list := strings.Fields(name); len(list) > 1 && !slices.ContainsFunc(list, func(one string) bool { return !slices.Contains(others, one) }) {
		err.Note("that is several; mpyld build takes them with commas: %s", strings.Join(list, ","))
		return
	}
	var begin []string
	for _, other := range others {
		if name != "" && strings.HasPrefix(other, strings.ToLower(name)) {
			begin = append(begin, other)
		}
	}
	if len(begin) > 1 {
		err.Note("it may be one of %s", strings.Join(begin, ", "))
		return
	}
	called, never := machines.Called(name)
	like := diag.Closest(name, others)
	board := diag.Closest(strings.ToLower(name), machines.BoardNames())
	switch {
	case never:
		err.Note("no firmware of MicroPython loads native code of it")
	case called != nil && called.Name != like:
		err.Note("firmware for %s loads modules for --arch %s", name, called.Name)
	case like != "":
		err.Note("did you mean %s?", like)
	case board != "":
		err.Note("did you mean %s? It is %s", board, archOf(board).Name)
	}
}

// BoardNames are names that --board and --arch take, for completion.
func BoardNames() []string { return machines.BoardNames() }

func archOf(board string) *relocs.Machine { return machines.BoardNamed(board).Arch }

// are says what the boards of some names are: "stm32f76 and stm32f77 are armv7emdp".
func are(names []string, arch string) string {
	const most = 4
	last := len(names) - 1
	switch {
	case last == 0:
		return names[0] + " is " + arch
	case last >= most:
		return strings.Join(names[:most], ", ") + ", ... are " + arch
	}
	return strings.Join(names[:last], ", ") + " and " + names[last] + " are " + arch
}
