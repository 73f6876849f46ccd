package mpyld

import (
	"mpyld/debuginfo"
	"mpyld/diag"
	"mpyld/linkmap"
)

// sourceLines finds the lines of what is in a module: a section of the map is one of an object, which
// is read when something of it is asked for the first time.
type sourceLines struct {
	sources *linkmap.Sources
	from    map[int32]objectSection // by section of the map
	infos   map[int32]*debuginfo.Info
}

// objectSection is a section of an object of sources.
type objectSection struct{ object, section int32 }

func newSourceLines(sources *linkmap.Sources) *sourceLines {
	l := &sourceLines{sources, map[int32]objectSection{}, map[int32]*debuginfo.Info{}}
	if sources == nil {
		return l
	}
	for oi, obj := range sources.Objects {
		if !obj.HasDebug() {
			continue
		}
		for si, section := range sources.Sections[oi] {
			if section >= 0 {
				l.from[section] = objectSection{int32(oi), int32(si)}
			}
		}
	}
	return l
}

// of returns what is known of the object that a section of the map is from, and which section there; nil if that is nothing.
func (l *sourceLines) of(section int32) (*debuginfo.Info, int) {
	at, ok := l.from[section]
	if !ok {
		return nil, 0
	}
	info, ok := l.infos[at.object]
	if !ok {
		obj := l.sources.Objects[at.object]
		if raw, err := obj.Raw(); err == nil {
			obj = raw // lines are of the code as the file has it
		}
		info = debuginfo.Of(obj)
		l.infos[at.object] = info
	}
	return info, int(at.section)
}

// declared returns the line where what a symbol means is declared, which is at an offset in a section of the map.
func (l *sourceLines) declared(section int32, off uint64) diag.Source {
	if info, n := l.of(section); info != nil {
		return info.Declared(n, l.sources.Objects[l.from[section].object].Sections[n].Edits.In(off))
	}
	return diag.Source{}
}

// source returns the line that a byte of a section of the map is from, at an offset in the object's.
func (l *sourceLines) source(section int32, off uint64) diag.Source {
	if info, n := l.of(section); info != nil {
		return info.Source(n, off)
	}
	return diag.Source{}
}
