package main

// closest returns the candidate that word is most likely a misspelling of, or
// "" when none is near: more than one mistake in three letters is another word.
func closest(word string, candidates []string) string {
	best, mistakes := "", len(word)/3+1
	for _, c := range candidates {
		if n := distance(word, c); n < mistakes || n == mistakes && best == "" {
			best, mistakes = c, n
		}
	}
	return best
}

// distance counts the letters to insert, delete, replace or swap with their
// neighbour to turn a into b (optimal string alignment).
func distance(a, b string) int {
	// Rows i-2, i-1 and i of the table: row[j] is the distance of a[:i] and b[:j].
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before, above, row = above, row, before
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(above[j+1]+1, row[j]+1, above[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
