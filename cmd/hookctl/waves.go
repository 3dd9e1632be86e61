package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// wavesOf divides organizational units into waves: into a number of them of about
// the same size, or as a file says, which has a wave on each line.
func wavesOf(text string, units []string) ([][]string, error) {
	if n, err := strconv.Atoi(text); err == nil {
		if n < 1 || n > len(units) {
			return nil, usagef("--waves %d: want 1 to %d, the number of organizational units", n, len(units))
		}
		waves := make([][]string, n)
		for i := range waves {
			waves[i] = units[i*len(units)/n : (i+1)*len(units)/n]
		}
		return waves, nil
	}
	src, err := os.ReadFile(text)
	if err != nil {
		return nil, fmt.Errorf("waves: %w", err)
	}
	return wavesFrom(text, string(src), units)
}

func wavesFrom(file, src string, units []string) ([][]string, error) {
	var waves [][]string
	wave := map[string]int{} // by unit
	number := 0
	for line := range strings.Lines(src) {
		number++
		line, _, _ = strings.Cut(line, "#")
		fields := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) })
		if len(fields) == 0 {
			continue
		}
		for _, unit := range fields {
			switch _, twice := wave[unit]; {
			case !slices.Contains(units, unit):
				return nil, fmt.Errorf("%s:%d: %s is not among --organizational-units", file, number, unit)
			case twice:
				return nil, fmt.Errorf("%s:%d: %s is in a wave already", file, number, unit)
			}
			wave[unit] = len(waves)
		}
		waves = append(waves, fields)
	}
	for _, unit := range units {
		if _, ok := wave[unit]; !ok {
			return nil, fmt.Errorf("%s: %s is in no wave", file, unit)
		}
	}
	return waves, nil
}
