package manifest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// positions are where keys and elements of lists are in a document: "arch",
// "arch[1]", "when.armv7*.define".
type positions map[string]Position

// positionsIn finds them. The document has been read before, so it is in order.
func positionsIn(data []byte) positions {
	at := positions{}
	var p unstable.Parser
	p.Reset(data)
	table := ""
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			key, first := dotted(e)
			table = key + "."
			at.add(&p, key, first)
		case unstable.KeyValue:
			at.value(&p, table, e)
		}
	}
	return at
}

// value records a key and, of its value, elements and keys in it.
func (at positions) value(p *unstable.Parser, table string, e *unstable.Node) {
	key, first := dotted(e)
	key = table + key
	at.add(p, key, first)
	i := 0
	for it := e.Value().Children(); it.Next(); i++ {
		child := it.Node()
		switch {
		case e.Value().Kind == unstable.InlineTable:
			at.value(p, key+".", child)
		case len(child.Data) > 0:
			at.add(p, fmt.Sprintf("%s[%d]", key, i), child)
		}
	}
}

func (at positions) add(p *unstable.Parser, key string, n *unstable.Node) {
	if _, ok := at[key]; ok || n == nil {
		return
	}
	raw := n.Raw
	if raw.Length == 0 {
		raw = p.Range(n.Data)
	}
	start := p.Shape(raw).Start
	at[key] = Position{start.Line, start.Column}
}

// dotted is the key of a node, and where it begins.
func dotted(n *unstable.Node) (key string, first *unstable.Node) {
	var parts []string
	for it := n.Key(); it.Next(); {
		if first == nil {
			first = it.Node()
		}
		parts = append(parts, string(it.Node().Data))
	}
	return strings.Join(parts, "."), first
}

// keysOf are the keys that there are in a table of the document.
func keysOf(table []string) []string {
	typ := reflect.TypeFor[document]()
	for _, key := range table {
		for typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() == reflect.Map {
			typ = typ.Elem()
			continue
		}
		if typ.Kind() != reflect.Struct {
			return nil
		}
		f, ok := typ.FieldByNameFunc(func(name string) bool { return strings.EqualFold(name, key) })
		if !ok {
			return nil
		}
		typ = f.Type
	}
	for typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct {
		return nil
	}
	var keys []string
	for _, f := range reflect.VisibleFields(typ) {
		if f.Anonymous {
			continue
		}
		name := f.Tag.Get("toml")
		if name == "" {
			name = strings.ToLower(f.Name)
		}
		keys = append(keys, name)
	}
	slices.Sort(keys)
	return keys
}
