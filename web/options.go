package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"mpyld/diag"
	"mpyld/target"
)

// targetOptions say whom a module is for: --target, --device, --board, --float-abi, --arch.
type targetOptions struct {
	Target   string `json:"target"`
	Device   string `json:"device"`
	Board    string `json:"board"`
	FloatABI string `json:"floatAbi"`
	Arch     string `json:"arch"`
}

func (o *targetOptions) target() target.Options {
	return target.Options{Release: o.Target, Device: o.Device, Board: o.Board, FloatABI: o.FloatABI, Arch: o.Arch}
}

// optionsOf reads the options of a verb. One that there is not is an error, as on a command line.
func optionsOf[T any](j *job) (T, error) {
	var o T
	if len(j.options) == 0 {
		return o, nil
	}
	d := json.NewDecoder(bytes.NewReader(j.options))
	d.DisallowUnknownFields()
	err := d.Decode(&o)
	if err == nil {
		return o, nil
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return o, misused{diag.New("", "the option %s: a %s is none of its values", diag.Plain(wrong.Field), wrong.Value)}
	}
	name, ok := strings.CutPrefix(err.Error(), "json: unknown field ")
	if !ok {
		return o, misused{diag.New("", "the options: %v", err)}
	}
	if plain, err := strconv.Unquote(name); err == nil {
		name = plain
	}
	known := namesOf(o)
	e := diag.New("", "%s: there is no such option", diag.Plain(name))
	if like := diag.Closest(name, known); like != "" {
		e.Note("did you mean %s?", like)
	}
	return o, misused{e.Note("the options are %s", strings.Join(known, ", "))}
}

// namesOf are the names of the options of a verb.
func namesOf(options any) []string {
	text, err := json.Marshal(options)
	var fields map[string]any
	if err == nil {
		err = json.Unmarshal(text, &fields)
	}
	if err != nil {
		panic(err) // text, lists and booleans
	}
	return slices.Sorted(maps.Keys(fields))
}
