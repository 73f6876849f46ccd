package diag

// Closest returns the candidate that word is most likely a misspelling of, or
// "" when none is near: more than one mistake in three letters is another word.
func Closest(word string, candidates []string) string {
	best, mistakes := "", len(word)/3+1
	for _, c := range candidates {
		if n := Distance(word, c, mistakes); n < mistakes || n == mistakes && best == "" {
			best, mistakes = c, n
		}
	}
	return best
}

// Distance counts the letters to insert, delete, replace or swap with their
// neighbour to turn a into b (optimal string alignment); it is limit+1 when
// there are more than limit. "strlne" is at a distance of 1 from "strlen".
func Distance(a, b string, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	// Rows i-2, i-1 and i of the table: row[j] is the distance of a[:i] and b[:j].
	rows := make([]int, 3*(len(b)+1))
	n := len(b) + 1
	before, above, row := rows[:n], rows[n:2*n], rows[2*n:]
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, above, row = above, row, before
		row[0] = i + 1
		for j := range len(b) {
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
	return min(row[len(b)], limit+1)
}
