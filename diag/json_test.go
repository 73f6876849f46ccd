package diag

import (
	"encoding/json"
	"testing"
)

// TestJSON: what terminals obey is an escape, and every string is read back.
func TestJSON(t *testing.T) {
	for text, want := range map[string]string{
		"a<b>&c": "\"a<b>&c\"\n", "é": "\"é\"\n", "\x1b[2J": "\"\\u001b[2J\"\n", "\u009b2J": "\"\\u009b2J\"\n", "\u202e": "\"\\u202e\"\n", "\U000e0001": "\"\\udb40\\udc01\"\n",
	} {
		got, err := JSON(text)
		if err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
		var back string
		if err := json.Unmarshal([]byte(got), &back); err != nil || back != text {
			t.Errorf("%q is read back as %q, %v", text, back, err)
		}
	}
	if got, err := JSON(struct{ A []int }{[]int{1}}); err != nil || got != "{\n  \"A\": [\n    1\n  ]\n}\n" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := JSON(func() {}); err == nil {
		t.Error("a function is JSON")
	}
}
