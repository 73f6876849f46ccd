package dump

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestSchemaDocumented: docs/JSON.md names every field.
func TestSchemaDocumented(t *testing.T) {
	doc, err := os.ReadFile("../docs/JSON.md")
	if err != nil {
		t.Fatal(err)
	}
	fields := 0
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] {
			return
		}
		seen[typ] = true
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			if !strings.Contains(string(doc), "`"+name+"`") {
				t.Errorf("%s.%s: `%s` is not in docs/JSON.md", typ.Name(), typ.Field(i).Name, name)
			}
			fields++
			walk(typ.Field(i).Type)
		}
	}
	walk(reflect.TypeFor[fileJSON]())
	if fields < 50 {
		t.Errorf("%d fields", fields)
	}
}
