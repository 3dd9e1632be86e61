package pointcloud

import "math"

// minSide is the least length of a side of the bounds when it is divided by, in
// units of the file.
const minSide = 0.001

// meter adds up points.
type meter struct {
	points, nan, invalid int64
	bounds               Bounds
	bounded              int64
	intensity            Intensity
}

// add takes a point. A coordinate that is infinite stands for one that is invalid.
func (m *meter) add(xyz [3]float64) {
	m.points++
	invalid, missing := false, false
	for _, v := range xyz {
		invalid = invalid || math.IsInf(v, 0)
		missing = missing || math.IsNaN(v)
	}
	if invalid {
		m.invalid++
	}
	if invalid || missing {
		m.nan++
		return
	}
	for i, axis := range m.bounds.axes() {
		axis.include(xyz[i], m.bounded == 0)
	}
	m.bounded++
}

// addIntensity takes the intensity of a point, and passes over one that is not
// finite.
func (m *meter) addIntensity(v float64) {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return
	}
	i := &m.intensity
	i.include(v, i.Count == 0)
	i.Count++
	n := float64(i.Count)
	i.Mean += v/n - i.Mean/n // divided first: the difference may overflow
}

// include widens the range by v; the first value makes it.
func (r *Range) include(v float64, first bool) {
	if first {
		*r = Range{v, v}
		return
	}
	r.Min, r.Max = min(r.Min, v), max(r.Max, v)
}

// metrics is the sum.
func (m *meter) metrics(h Header) *Metrics {
	out := &Metrics{
		Header: h, Points: m.points, NaN: m.nan, Invalid: m.invalid,
		CountMatches: m.points == h.Points,
	}
	if m.points > 0 {
		out.NaNShare = float64(m.nan) / float64(m.points)
	}
	if m.bounded > 0 {
		bounds := m.bounds
		out.Bounds, out.Density = &bounds, density(m.points, &bounds)
	}
	if m.intensity.Count > 0 {
		intensity := m.intensity
		out.Intensity = &intensity
	}
	return out
}

// density is points per cubic unit, to six decimals, and exact where these are all
// zero. It is zero where the volume is beyond what a number holds.
func density(points int64, b *Bounds) float64 {
	volume := 1.0
	for _, axis := range b.axes() {
		volume *= max(axis.Max-axis.Min, minSide)
	}
	exact := float64(points) / volume
	if rounded := math.Round(exact*1e6) / 1e6; rounded > 0 {
		return rounded
	}
	return exact
}
