package treemap

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestSquarify: boxes are as large as their parts, in the box, beside each other, and no row is
// worse than it has to be.
func TestSquarify(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		in := box{r.Float64() * 10, r.Float64() * 10, 1 + r.Float64()*1000, 1 + r.Float64()*1000}
		sizes := make([]int, 1+r.IntN(60))
		total := 0
		for i := range sizes {
			sizes[i] = 1 + r.IntN(1<<uint(1+r.IntN(20)))
			total += sizes[i]
		}
		slices.SortFunc(sizes, func(a, b int) int { return b - a })
		boxes := squarify(sizes, in)
		if len(boxes) != len(sizes) {
			t.Fatalf("%d: %d boxes of %d", n, len(boxes), len(sizes))
		}
		const close = 1e-6
		for i, b := range boxes {
			want := in.w * in.h * float64(sizes[i]) / float64(total)
			if math.Abs(b.w*b.h-want) > close*in.w*in.h {
				t.Errorf("%d: box %d is %v, not of %v", n, i, b, want)
			}
			if b.x < in.x-close || b.y < in.y-close || b.x+b.w > in.x+in.w+close || b.y+b.h > in.y+in.h+close {
				t.Errorf("%d: box %d, %v, is not in %v", n, i, b, in)
			}
			for _, o := range boxes[:i] {
				if min(b.x+b.w, o.x+o.w)-max(b.x, o.x) > close && min(b.y+b.h, o.y+o.h)-max(b.y, o.y) > close {
					t.Errorf("%d: %v and %v overlap", n, b, o)
				}
			}
		}
	}
	// The example of the paper, section 3.1: 6, 6, 4, 3, 2, 2, 1 in 6 by 4.
	want := "[{0 0 3 2} {0 2 3 2} {3 0 1.71 2.33} {4.71 0 1.29 2.33} {3 2.33 1.2 1.67} {4.2 2.33 1.2 1.67} {5.4 2.33 0.6 1.67}]"
	var got []string
	for _, b := range squarify([]int{6, 6, 4, 3, 2, 2, 1}, box{0, 0, 6, 4}) {
		round := func(f float64) float64 { return math.Round(f*100) / 100 }
		got = append(got, fmt.Sprint(box{round(b.x), round(b.y), round(b.w), round(b.h)}))
	}
	if fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
	if got := squarify(nil, box{0, 0, 1, 1}); len(got) != 0 {
		t.Error(got)
	}
}

// picture is one with a name everywhere.
func picture(name string) *Picture {
	p := &Picture{
		Title: name, Subtitle: name, Legend: []Colour{{"text", name, 212}, {"bss", "bss", -1}},
		Root: &Node{Name: name, Size: 1000, Kids: []*Node{
			{Name: name, Kind: "text", Size: 900, Kids: []*Node{{Name: name, Title: name, Note: name, Kind: "text", Size: 500}, {Name: "inner", Kind: "text", Size: 400}}},
			{Name: "outer", Kind: "bss", Size: 50},
		}},
	}
	for range 50 {
		p.Root.Kids = append(p.Root.Kids, &Node{Name: name, Kind: "bss", Size: 1}, &Node{Name: "nothing", Kind: "bss"})
	}
	return p
}

// TestHostile: whatever names are, a picture is good XML without scripts and other files, and a page is
// that in which no name means anything.
func TestHostile(t *testing.T) {
	for _, name := range []string{
		"f", "", "<script>alert(1)</script>", `"><image href="http://x/"/>`, "]]>", "&amp;", "a\x00b\x1b[2J", "\xff\xfe", "größe", "\u202eevil", "operator<", strings.Repeat("x", 10000),
		"'", "javascript:", "\ufffe", "\U000e0001",
	} {
		svg := picture(name).SVG()
		d := xml.NewDecoder(strings.NewReader(svg))
		rects := 0
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%q: %v", name, err)
			}
			if e, ok := token.(xml.StartElement); ok {
				if !slices.Contains(strings.Fields("svg title desc style rect text tspan g"), e.Name.Local) {
					t.Errorf("%q: element %s", name, e.Name.Local)
				}
				for _, a := range e.Attr {
					if strings.HasPrefix(a.Name.Local, "on") || strings.Contains(a.Name.Local, "href") {
						t.Errorf("%q: attribute %s", name, a.Name.Local)
					}
				}
				if e.Name.Local == "rect" {
					rects++
				}
			}
		}
		// Paper, two in the legend, two and two parts, and the 50 small ones each or as one.
		if rects < 8 {
			t.Errorf("%q: %d rectangles", name, rects)
		}
		page := picture(name).HTML("caption", [][]string{{"part", "size"}, {name, "1"}})
		if strings.Contains(page, "<script") || strings.Contains(page, "<image") || strings.Count(page, "<tr>") != 2 || strings.Contains(strings.ReplaceAll(page, "http://www.w3.org/2000/svg", ""), `="http`) {
			t.Errorf("%q: %s", name, page)
		}
	}
}

// TestPicture: what is large enough has its name and size, and all has both in its title; what is too
// small is one.
func TestPicture(t *testing.T) {
	p := picture("f")
	for range 5000 {
		p.Root.Kids = append(p.Root.Kids, &Node{Name: "tiny", Kind: "bss", Size: 1})
	}
	p.Root.Kids[0].Size, p.Root.Kids[0].Kids[0].Size = 5_000_000, 4_000_000
	p.Root.Size = 5_100_000
	svg := p.SVG()
	for _, want := range []string{">f <tspan class=\"size\">5\u2009000\u2009000</tspan>", "<title>f › f: 4\u2009000\u2009000 bytes, f</title>", "<title>5051 smaller: 5\u2009100 bytes</title>"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in it", want)
		}
	}
	if strings.Contains(svg, "nothing") || strings.Contains(svg, "NaN") || len(svg) > 20000 {
		t.Errorf("%d bytes: %s", len(svg), svg[:min(len(svg), 5000)])
	}
	if svg != p.SVG() {
		t.Error("two pictures of one thing differ")
	}
	if svg := (&Picture{Root: &Node{}}).SVG(); !strings.HasSuffix(svg, "</svg>\n") {
		t.Error(svg)
	}
}
