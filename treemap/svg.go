package treemap

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strings"
	"unicode"
)

// Picture is what a treemap is drawn from.
type Picture struct {
	Title    string
	Subtitle string
	Root     *Node
	Legend   []Colour // of the Kinds of nodes
}

// Colour is the colour of a kind of nodes.
type Colour struct {
	Kind, Text string
	Hue        int // degrees; -1: grey
}

// Measures of the picture, in pixels at its own size.
const (
	width, height = 1200, 760
	head          = 84 // above the rectangles
	margin        = 12
	band          = 19  // for the name of what has parts
	letter        = 6.5 // the width of most, at 11 pixels
	boldLetter    = 7.2
	tooSmall      = 20 // the area of what is not drawn for itself
)

// style has both appearances: the viewer's choice counts.
const style = `svg{font:11px ui-sans-serif,system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;--paper:#fff;--ink:#1b1f24;--dim:#59636e;--line:#fff;--name:#10151a}
@media (prefers-color-scheme:dark){svg{--paper:#0f1317;--ink:#e8edf2;--dim:#9aa6b2;--line:#0f1317;--name:#f4f7fa}}
.paper{fill:var(--paper)}.title{font-size:20px;font-weight:650;fill:var(--ink)}.sub{font-size:13px;fill:var(--dim)}
rect.n{stroke:var(--line);stroke-width:1}text{fill:var(--name);pointer-events:none}.size{opacity:.72}.band{font-weight:600}.key{fill:var(--ink);font-size:12px}
g.n:hover>rect{stroke:var(--ink);stroke-width:1.6}
`

// SVG is the picture.
func (p *Picture) SVG() string {
	d := &drawing{}
	d.add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="t d">`+"\n", width, height)
	d.add(`<title id="t">%s</title><desc id="d">%s</desc>`+"\n<style>%s%s</style>\n", safe(p.Title), safe(p.Subtitle), style, p.colours())
	d.add(`<rect class="paper" width="%d" height="%d"/>`+"\n", width, height)
	d.add(`<text class="title" x="%d" y="32">%s</text><text class="sub" x="%d" y="54">%s</text>`+"\n", margin, safe(p.Title), margin, safe(p.Subtitle))
	p.legend(d)
	d.kids(p.Root, box{margin, head, width - 2*margin, height - head - margin}, 0, "")
	d.add("</svg>\n")
	return d.String()
}

// colours are the style of each kind, deeper for what is further in.
func (p *Picture) colours() string {
	var b strings.Builder
	for i, c := range p.Legend {
		hue, saturation := c.Hue, 58
		if hue < 0 {
			hue, saturation = 210, 6
		}
		for depth := range depths {
			fmt.Fprintf(&b, ".k%d.d%d{fill:hsl(%d %d%% %d%%)}", i, depth, hue, saturation, 70+7*depth)
		}
		b.WriteString("\n@media (prefers-color-scheme:dark){")
		for depth := range depths {
			fmt.Fprintf(&b, ".k%d.d%d{fill:hsl(%d %d%% %d%%)}", i, depth, hue, saturation*2/3, 25+6*depth)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// depths is how many shades there are.
const depths = 4

func (p *Picture) legend(d *drawing) {
	sizes := map[string]int{}
	for _, k := range p.Root.Kids {
		sizes[k.Kind] += k.Size
	}
	d.class = map[string]int{}
	x := float64(margin)
	for i, c := range p.Legend {
		d.class[c.Kind] = i
		if sizes[c.Kind] == 0 {
			continue
		}
		text := fmt.Sprintf("%s %s", c.Text, Grouped(sizes[c.Kind]))
		d.add(`<rect class="k%d d0" x="%.1f" y="64" width="12" height="12" rx="3"/><text class="key" x="%.1f" y="74">%s</text>`+"\n", i, x, x+18, safe(text))
		x += 18 + float64(len([]rune(text)))*6.7 + 14
	}
}

// drawing is the elements of a picture.
type drawing struct {
	strings.Builder
	class map[string]int // number of the colour, by kind
}

func (d *drawing) add(format string, args ...any) { fmt.Fprintf(&d.Builder, format, args...) }

// kids draws the parts of a node into a box.
func (d *drawing) kids(n *Node, in box, depth int, path string) {
	kids := gathered(n, in)
	var sizes []int
	for _, k := range kids {
		sizes = append(sizes, k.Size)
	}
	for i, b := range squarify(sizes, in) {
		d.node(kids[i], b, depth, path)
	}
}

// gathered are the parts of a node, in falling order, those that are too small to be seen in a box as
// one.
func gathered(n *Node, in box) []*Node {
	total := 0
	for _, k := range n.Kids {
		total += k.Size
	}
	var list []*Node
	rest, count := &Node{}, 0
	for _, k := range n.Kids {
		switch {
		case k.Size <= 0:
		case in.w*in.h*float64(k.Size) < tooSmall*float64(total):
			rest.Kind, rest.Size, count = k.Kind, rest.Size+k.Size, count+1
		default:
			list = append(list, k)
		}
	}
	if count > 0 {
		rest.Name = fmt.Sprintf("%d smaller", count)
		list = append(list, rest)
	}
	slices.SortStableFunc(list, func(a, b *Node) int { return cmp.Compare(b.Size, a.Size) })
	return list
}

// node draws a node: a rectangle with its name, and its parts below that, if there is room.
func (d *drawing) node(n *Node, b box, depth int, path string) {
	if path != "" {
		path += " › "
	}
	if n.Title != "" {
		path += n.Title
	} else {
		path += n.Name
	}
	note := ""
	if n.Note != "" {
		note = ", " + n.Note
	}
	radius := min(4, b.w/4, b.h/4)
	d.add(`<g class="n"><rect class="n k%d d%d" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="%.1f"/><title>%s: %s bytes%s</title>`,
		d.class[n.Kind], min(depth, depths-1), b.x, b.y, b.w, b.h, radius, safe(path), Grouped(n.Size), safe(note))
	inner := b.shrunk(band, 3)
	parts := len(n.Kids) > 0 && inner.w > 14 && inner.h > 10
	d.label(n, b, parts)
	d.add("</g>\n")
	if parts {
		d.kids(n, inner, depth+1, path)
	}
}

// label writes the name and the size of a node, as much as there is room for: of one without
// parts in two lines.
func (d *drawing) label(n *Node, b box, parts bool) {
	size := Grouped(n.Size)
	room := int((b.w - 10) / letter)
	if parts {
		room = int((b.w - 10) / boldLetter)
	}
	if room < 3 || b.h < 14 {
		return
	}
	if parts || b.h < 30 {
		name := n.Name
		if room > len([]rune(name))+len(size)+1 {
			d.add(`<text class="%s" x="%.1f" y="%.1f">%s <tspan class="size">%s</tspan></text>`, weight(parts), b.x+5, b.y+min(13.5, b.h/2+4), safe(name), size)
			return
		}
		d.add(`<text class="%s" x="%.1f" y="%.1f">%s</text>`, weight(parts), b.x+5, b.y+min(13.5, b.h/2+4), safe(cut(name, room)))
		return
	}
	d.add(`<text x="%.1f" y="%.1f">%s</text>`, b.x+5, b.y+14, safe(cut(n.Name, room)))
	if room >= len(size) {
		d.add(`<text class="size" x="%.1f" y="%.1f">%s</text>`, b.x+5, b.y+28, size)
	}
}

func weight(parts bool) string {
	if parts {
		return "band"
	}
	return "leaf"
}

// cut is a text that fits into so many letters.
func cut(text string, room int) string {
	runes := []rune(text)
	if len(runes) <= room {
		return text
	}
	return string(runes[:room-1]) + "…"
}

// Grouped is a number with thin spaces between thousands.
func Grouped(n int) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "\u2009" + digits[i:]
	}
	return digits
}

// safe is text that is text in XML, whatever it has.
func safe(text string) string {
	plain := strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) && c != '\u2009' {
			return '\uFFFD'
		}
		return c
	}, strings.ToValidUTF8(text, "\uFFFD"))
	return html.EscapeString(plain)
}
