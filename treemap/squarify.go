// Package treemap draws what is made of parts with sizes as a picture: an SVG of
// rectangles, each as large as its part, in those of the wholes they are of.
//
// It stands apart because a picture needs names and numbers alone. It must never
// need a script, a font or another file to be looked at.
package treemap

// The rectangle of a whole is to be filled with rectangles of given areas that are as near to
// squares as can be, for long ones can neither be compared nor written into. Rows are
// laid along the shorter side, the largest first: one more goes into a row as long as that makes its worst
// rectangle no worse (Bruls, Huizing, van Wijk: Squarified Treemaps, 2000).
//
//	6 by 4, areas 6 6 4 3 2 2 1: 6 and 6 side by side are 3 by 2 each, in the left column of 3;
//	a third in that column would make it 4 wide and the last 1.0 high

// Node is a part with a size, and what it is made of. The sizes of Kids add up to no more
// than its own.
type Node struct {
	Name  string
	Title string // all of its name, where there is room; "": Name
	Note  string // what else there is to say of it
	Kind  string // what colour it has
	Size  int
	Kids  []*Node
}

// box is a rectangle.
type box struct{ x, y, w, h float64 }

// shrunk is a box without a margin.
func (b box) shrunk(top, side float64) box {
	return box{b.x + side, b.y + top, max(b.w-2*side, 0), max(b.h-top-side, 0)}
}

// squarify fills a box with boxes for sizes, which are in falling order and not 0.
func squarify(sizes []int, in box) []box {
	total := 0
	for _, n := range sizes {
		total += n
	}
	boxes := make([]box, 0, len(sizes))
	for len(sizes) > 0 {
		scale := in.w * in.h / float64(total)
		row, sum := 1, sizes[0]
		for row < len(sizes) && worst(sizes[:row+1], sum+sizes[row], in, scale) <= worst(sizes[:row], sum, in, scale) {
			sum += sizes[row]
			row++
		}
		boxes, in = lay(boxes, sizes[:row], sum, in, scale)
		sizes, total = sizes[row:], total-sum
	}
	return boxes
}

// worst is how far from a square the worst box of a row along the shorter side of a box is: 1
// is a square.
func worst(row []int, sum int, in box, scale float64) float64 {
	side := min(in.w, in.h)
	if side == 0 || scale == 0 {
		return 1
	}
	thick := float64(sum) * scale / side
	large, small := float64(row[0])*scale/thick, float64(row[len(row)-1])*scale/thick
	return max(large/thick, thick/large, small/thick, thick/small)
}

// lay lays a row along the shorter side of a box, and returns what is left of that.
func lay(boxes []box, row []int, sum int, in box, scale float64) ([]box, box) {
	upright := in.w >= in.h // a column at the left
	side := min(in.w, in.h)
	thick := 0.0
	if side > 0 {
		thick = float64(sum) * scale / side
	}
	at := 0.0
	for _, n := range row {
		long := 0.0
		if sum > 0 {
			long = side * float64(n) / float64(sum)
		}
		if upright {
			boxes = append(boxes, box{in.x, in.y + at, thick, long})
		} else {
			boxes = append(boxes, box{in.x + at, in.y, long, thick})
		}
		at += long
	}
	if upright {
		return boxes, box{in.x + thick, in.y, max(in.w-thick, 0), in.h}
	}
	return boxes, box{in.x, in.y + thick, in.w, max(in.h-thick, 0)}
}
