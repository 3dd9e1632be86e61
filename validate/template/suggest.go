package template

import "reflect"

// suggest returns `; did you mean "X"?` when a key of one of the maps is one or
// two edits away from name, else nothing.
func (l *loader) suggest(name string, sets ...any) string {
	if len(l.errs) >= MaxErrors {
		return ""
	}
	best, distance := "", 3
	for _, set := range sets {
		for _, key := range reflect.ValueOf(set).MapKeys() {
			k := key.String()
			if d := editDistance(name, k); d < distance && d < len(name) || d == distance && best != "" && k < best {
				best, distance = k, d
			}
		}
	}
	if best == "" {
		return ""
	}
	return `; did you mean "` + best + `"?`
}

// editDistance is the Levenshtein distance of two names, in bytes.
func editDistance(a, b string) int {
	if len(a)-len(b) > 2 || len(b)-len(a) > 2 {
		return 3
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
