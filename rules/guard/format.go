package guard

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Format returns the text of a rule file in its normal form: four spaces of
// indentation, one clause a line, single spaces, `not` spelled out, comments
// and single blank lines kept. What the file means does not change: a text for
// which that cannot be had is an error. An error is an *Error.
func Format(name string, text []byte) ([]byte, error) {
	f, err := Parse(name, text)
	if err != nil {
		return nil, err
	}
	p := &printer{file: f, comments: f.comments}
	p.print()
	out := p.out.Bytes()
	again, err := Parse(name, out)
	if err != nil || !sameTree(f, again) {
		return nil, &Error{File: name, Msg: "the file cannot be formatted without changing what it means", Cause: err}
	}
	return out, nil
}

// sameTree compares files without places.
func sameTree(a, b *File) bool {
	x, errX := json.Marshal(treeMaker{}.tree(a))
	y, errY := json.Marshal(treeMaker{}.tree(b))
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// printer writes a file in its normal form.
type printer struct {
	file     *File
	comments []comment // not yet written
	out      bytes.Buffer
	depth    int
	end      int  // offset up to which the source is written
	top      bool // nothing was written at this depth yet
}

const indent = "    "

func (p *printer) print() {
	items := p.items()
	p.top = true
	for i, item := range items {
		if i > 0 && (item.rule || items[i-1].rule) {
			p.blank()
		}
		p.before(item.at)
		item.print()
	}
	p.before(len(p.file.src))
}

// topItem is something that stands outside of all rules.
type topItem struct {
	at    int
	rule  bool
	print func()
}

func (p *printer) items() []topItem {
	var items []topItem
	add := func(item topItem) {
		i := len(items)
		for i > 0 && items[i-1].at > item.at {
			i--
		}
		items = append(items[:i], append([]topItem{item}, items[i:]...)...)
	}
	for _, l := range p.file.lets {
		add(topItem{l.at, false, func() { p.let(l) }})
	}
	for _, r := range append(append([]*Rule(nil), p.file.Rules...), p.file.Called...) {
		if r.isDefault {
			for _, d := range r.body.cnf {
				add(topItem{d[0].offset(), false, func() { p.disj(d) }})
			}
			continue
		}
		add(topItem{r.at, true, func() { p.rule(r) }})
	}
	return items
}

// before writes the comments that stand before an offset, and a blank line
// where the source has one.
func (p *printer) before(offset int) {
	for len(p.comments) > 0 && p.comments[0].at < offset {
		c := p.comments[0]
		p.comments = p.comments[1:]
		p.gap(c.at)
		p.begin()
		p.out.WriteString(strings.TrimRight(p.file.src[c.at:c.end], " \t\r"))
		p.out.WriteByte('\n')
		p.end, p.top = c.end, false
	}
	if offset < len(p.file.src) {
		p.gap(offset)
	}
}

// gap keeps a blank line of the source before an offset.
func (p *printer) gap(offset int) {
	if p.top || p.end >= offset {
		return
	}
	if strings.Count(p.file.src[p.end:offset], "\n") > 1 {
		p.blank()
	}
}

// blank writes one blank line.
func (p *printer) blank() {
	if b := p.out.Bytes(); len(b) > 1 && !bytes.HasSuffix(b, []byte("\n\n")) {
		p.out.WriteByte('\n')
	}
}

func (p *printer) begin() { p.out.WriteString(strings.Repeat(indent, p.depth)) }

// finish ends a line of which the source ends at an offset. A comment on that
// line of the source stays there.
func (p *printer) finish(end int) {
	if len(p.comments) > 0 {
		c := p.comments[0]
		if c.at >= end && !strings.Contains(p.file.src[end:c.at], "\n") && strings.TrimLeft(p.file.src[end:c.at], " \t\r,)|orOR") == "" {
			p.comments = p.comments[1:]
			p.out.WriteString(" " + strings.TrimRight(p.file.src[c.at:c.end], " \t\r"))
			end = c.end
		}
	}
	p.out.WriteByte('\n')
	p.end, p.top = max(p.end, end), false
}

func (p *printer) let(l *let) {
	p.before(l.at)
	p.begin()
	p.out.WriteString("let " + l.name + " = ")
	p.operand(&l.value)
	p.finish(l.value.end)
}

func (p *printer) rule(r *Rule) {
	p.begin()
	p.out.WriteString("rule " + r.Name)
	if r.Params != nil {
		p.out.WriteString("(" + strings.Join(r.Params, ", ") + ")")
	}
	if r.when != nil {
		p.condition(" when ", r.when)
	}
	p.body(&r.body)
	p.finish(r.body.end)
}

// condition writes a condition: on one line, or one conjunct a line.
func (p *printer) condition(lead string, c cnf) {
	p.out.WriteString(lead)
	p.depth += 2
	for i, d := range c {
		if i > 0 {
			p.out.WriteByte('\n')
			p.begin()
		}
		p.inlineDisj(d)
	}
	p.depth -= 2
}

// inlineDisj writes alternatives within a line that goes on. Messages and
// comments within end lines.
func (p *printer) inlineDisj(d disj) {
	for i, item := range d {
		if i > 0 {
			p.out.WriteString(" or ")
		}
		p.clauseHead(item)
		p.message(item)
	}
}

// body writes a block in braces and ends the line.
func (p *printer) body(b *block) {
	p.out.WriteString(" {")
	p.inner(b)
}

func (p *printer) inner(b *block) {
	if p.hoisted(b.at) {
		p.out.WriteByte('\n')
		p.end = b.at + 1
	} else {
		p.finish(b.at + 1)
	}
	p.depth++
	p.top = true
	p.blockItems(b)
	p.before(b.end - 1)
	p.depth--
	p.begin()
	p.out.WriteByte('}')
	p.top = false
	p.end = b.end
}

// hoisted writes the comments that stand within something written on one line
// behind it, and reports whether there were any.
func (p *printer) hoisted(offset int) bool {
	n := 0
	for ; len(p.comments) > 0 && p.comments[0].at < offset; n++ {
		c := p.comments[0]
		p.comments = p.comments[1:]
		if n == 0 {
			p.out.WriteByte(' ')
		} else {
			p.out.WriteByte('\n')
			p.begin()
			p.out.WriteString(indent)
		}
		p.out.WriteString(strings.TrimRight(p.file.src[c.at:c.end], " \t\r"))
	}
	return n > 0
}

// blockItems writes assignments and clauses in their order.
func (p *printer) blockItems(b *block) {
	lets := b.lets
	for _, d := range b.cnf {
		for len(lets) > 0 && lets[0].at < d[0].offset() {
			p.let(lets[0])
			lets = lets[1:]
		}
		p.disj(d)
	}
	for _, l := range lets {
		p.let(l)
	}
}
