package sizetable

import (
	"cmp"
	"fmt"
	"slices"

	"mpyld/diag"
	"mpyld/treemap"
)

// A level of a tree is a name that leaves have, "" if they have none.
type level func(*Leaf) string

// levels are those of the tree for a screen.
var levels = []level{
	(*Leaf).segment, (*Leaf).archive, (*Leaf).member,
	func(l *Leaf) string { return l.Section },
	func(l *Leaf) string { return l.Symbol },
}

func (l *Leaf) segment() string { return l.Segment }
func (l *Leaf) archive() string { return base(l.Archive) }

// Tree is the leaves of a file grouped by one name after the other, the largest first. What
// is all of what it is in is left out, and that has both names in its title.
func Tree(i *Item, levels ...level) *treemap.Node {
	type branch struct {
		of   *treemap.Node
		name string
	}
	seen := map[branch]*treemap.Node{}
	root := &treemap.Node{Name: i.Name}
	for _, l := range i.Leaves() {
		n := root
		n.Size += l.Size
		for _, name := range levels {
			text := name(&l)
			if text == "" {
				continue
			}
			kid := seen[branch{n, text}]
			if kid == nil {
				kid = &treemap.Node{Name: text, Kind: l.Segment}
				seen[branch{n, text}] = kid
				n.Kids = append(n.Kids, kid)
			}
			n = kid
			n.Size += l.Size
			if text == l.Symbol {
				n.Note = l.Source
			}
		}
	}
	for _, segment := range root.Kids {
		for _, k := range segment.Kids {
			tidy(k)
		}
		if len(segment.Kids) == 1 && len(segment.Kids[0].Kids) == 0 && segment.Kids[0].Title == "" {
			segment.Kids = nil // a segment of one thing
		}
		order(segment)
	}
	order(root)
	return root
}

// tidy orders a tree, gives what is in a section and in no symbol a name, and leaves out what
// is all of what it is in.
func tidy(n *treemap.Node) {
	named := 0
	for _, k := range n.Kids {
		tidy(k)
		named += k.Size
	}
	switch {
	case len(n.Kids) == 1 && named == n.Size:
		k := n.Kids[0]
		title := k.Title
		if title == "" {
			title = k.Name
		}
		n.Title, n.Name, n.Note, n.Kids = n.Name+" › "+title, k.Name, k.Note, k.Kids
	case len(n.Kids) > 0 && named < n.Size:
		n.Kids = append(n.Kids, &treemap.Node{Name: "(no symbol)", Kind: n.Kind, Size: n.Size - named})
	}
	order(n)
}

func order(n *treemap.Node) {
	slices.SortStableFunc(n.Kids, func(a, b *treemap.Node) int { return cmp.Compare(b.Size, a.Size) })
}

// TreeText is the tree for a screen.
//
//	hello.mpy  261 bytes; RAM 216 bytes, 15 blocks
//	├ text      212  81.2%
//	│ └ hello.o 188  72.0%
func TreeText(i *Item) string {
	root := Tree(i, levels...)
	var b diag.Lines
	b.Add("%s", Headline(i))
	width := widest(root, 0)
	var show func(n *treemap.Node, before string)
	show = func(n *treemap.Node, before string) {
		for k, kid := range n.Kids {
			mark, below := "├ ", "│ "
			if k == len(n.Kids)-1 {
				mark, below = "└ ", "  "
			}
			name := before + mark + label(kid)
			b.Add("%s%*s%6.1f%%", name, width-len([]rune(name)), fmt.Sprint(kid.Size), 100*float64(kid.Size)/float64(root.Size))
			show(kid, before+below)
		}
	}
	show(root, "")
	return b.String()
}

// label is what a node is called on a screen.
func label(n *treemap.Node) string {
	if n.Title != "" {
		return diag.Plain(n.Title)
	}
	return diag.Plain(n.Name)
}

// widest is the width of names and numbers in a tree.
func widest(n *treemap.Node, depth int) int {
	width := 0
	for _, k := range n.Kids {
		width = max(width, 2*depth+2+len([]rune(label(k)))+2+len(fmt.Sprint(k.Size)), widest(k, depth+1))
	}
	return width
}

// Headline says what a file is and takes.
func Headline(i *Item) string {
	return fmt.Sprintf("%s: %s, file %d bytes, RAM %d bytes in %d blocks of %d", diag.Plain(i.Name), i.Arch, i.File.Bytes, i.RAM.Bytes, i.RAM.Blocks, i.RAM.BlockSize)
}
