package layout

// Limits bound what a file may cost. Zero fields are the defaults.
type Limits struct {
	// Bytes is how many are read, and inflated, at most: 16 GiB.
	Bytes int64
	// Memory is how many bytes names, cells and references take at most, roughly:
	// 64 MiB.
	Memory int64
}

func (l Limits) bytes() int64 {
	if l.Bytes <= 0 {
		return 16 << 30
	}
	return l.Bytes
}

func (l Limits) memory() int64 {
	if l.Memory <= 0 {
		return 64 << 20
	}
	return l.Memory
}

// Summary is what a hierarchy comes to.
type Summary struct {
	// Cells is how many the file defines.
	Cells int
	// Missing is how many cells are placed but not defined.
	Missing int
	// Box is around all geometry of the cells that no other cell places, text not
	// counted. It is empty without geometry.
	Box Box
	// Exact is false where a placement turns by another angle than a right one:
	// Box may then be larger than it has to be.
	Exact bool
}

// Hierarchy gathers cells and how they place each other. Per cell it keeps a box,
// and per kind of placement (which cell, which transform) the box of its origins:
// the extent needs no more, and a million placements take no more than one.
type Hierarchy struct {
	memory int64 // what is left
	cells  map[string]*cell
	order  []*cell
	names  map[string]string
}

type cell struct {
	box    Box
	places map[placement]Box

	parents []*cell // of cells that place it, one per placement
	waiting int     // placements whose cell is not finished
}

type placement struct {
	child string
	how   Transform
}

// costs, in bytes, besides the name.
const (
	cellCost      = 160
	placementCost = 160
	nameCost      = 96
)

// NewHierarchy returns one without cells.
func NewHierarchy(limits Limits) *Hierarchy {
	return &Hierarchy{memory: limits.memory(), cells: map[string]*cell{}, names: map[string]string{}}
}

// Name says what a key that stands for a cell is called. It takes part in the
// memory limit, and is false where the key has a name.
func (h *Hierarchy) Name(key, name string) (bool, error) {
	if _, ok := h.names[key]; ok {
		return false, nil
	}
	h.names[key] = name
	return true, h.spend(nameCost + len(key) + len(name))
}

// Begin starts a cell, which Add and Place then mean. It is false where the cell
// is there.
func (h *Hierarchy) Begin(key string) (bool, error) {
	if h.cells[key] != nil {
		return false, nil
	}
	c := &cell{places: map[placement]Box{}}
	h.cells[key] = c
	h.order = append(h.order, c)
	return true, h.spend(cellCost + len(key))
}

func (h *Hierarchy) current() *cell { return h.order[len(h.order)-1] }

// Add is geometry of the cell that began last.
func (h *Hierarchy) Add(b Box) { h.current().box.Union(b) }

// Place puts another cell into the one that began last, at all of the origins.
func (h *Hierarchy) Place(child string, how Transform, origins Box) error {
	c, p := h.current(), placement{child, how}
	at, ok := c.places[p]
	at.Union(origins)
	c.places[p] = at
	if ok {
		return nil
	}
	return h.spend(placementCost + len(child))
}

func (h *Hierarchy) spend(bytes int) error {
	h.memory -= int64(bytes)
	if h.memory < 0 {
		return TooLarge("more cells, names and references than the memory limit allows")
	}
	return nil
}

// Summary puts the cells together. A name that two cells have, a cell that holds itself and an extent past all numbers are InvalidInput.
func (h *Hierarchy) Summary() (Summary, error) {
	out := Summary{Cells: len(h.order), Exact: true}
	if err := h.rename(); err != nil {
		return Summary{}, err
	}
	out.Missing = h.connect(&out.Exact)
	var ready, roots []*cell
	for _, c := range h.order {
		if c.waiting == 0 {
			ready = append(ready, c)
		}
		if len(c.parents) == 0 {
			roots = append(roots, c)
		}
	}
	if !h.resolve(ready) {
		return Summary{}, Invalid("a cell holds itself")
	}
	for _, c := range roots {
		out.Box.Union(c.box)
	}
	if !out.Box.finite() {
		return Summary{}, Invalid("the extent is past all numbers")
	}
	return out, nil
}

// rename puts names in the place of keys.
func (h *Hierarchy) rename() error {
	if len(h.names) == 0 {
		return nil
	}
	cells := make(map[string]*cell, len(h.cells))
	for key, c := range h.cells {
		name := h.called(key)
		if cells[name] != nil {
			return Invalid("two cells have one name")
		}
		cells[name] = c
	}
	h.cells = cells
	return nil
}

func (h *Hierarchy) called(key string) string {
	if name, ok := h.names[key]; ok {
		return name
	}
	return key
}

// connect finds who waits for whom, and returns how many cells are missing.
func (h *Hierarchy) connect(exact *bool) int {
	missing := map[string]bool{}
	for _, c := range h.order {
		for p := range c.places {
			*exact = *exact && p.how.Exact()
			name := h.called(p.child)
			child := h.cells[name]
			if child == nil {
				missing[name] = true
				continue
			}
			child.parents = append(child.parents, c)
			c.waiting++
		}
	}
	return len(missing)
}

// resolve goes from the cells without placements to those that place them. It is
// false where some are never reached: they hold each other.
func (h *Hierarchy) resolve(ready []*cell) bool {
	finished := 0
	for ; len(ready) > 0; finished++ {
		c := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		for p, origins := range c.places {
			if child := h.cells[h.called(p.child)]; child != nil {
				c.box.Union(p.how.apply(child.box).At(origins))
			}
		}
		for _, parent := range c.parents {
			if parent.waiting--; parent.waiting == 0 {
				ready = append(ready, parent)
			}
		}
	}
	return finished == len(h.order)
}
