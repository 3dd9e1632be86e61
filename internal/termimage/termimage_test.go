package termimage

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

func TestSVG(t *testing.T) {
	t.Parallel()
	got, err := SVG("a <b>", "plain\n\x1b[1;97;41m HIGH \x1b[0m \x1b[2mdim & │\x1b[0m\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<text x="20" y="56" textLength="40" fill="#e6edf3">plain</text>`,
		`<rect x="20" y="61" width="48" height="17" rx="3" fill="#da3633"/>`,
		`<text x="28" y="74" textLength="32" fill="#ffffff" font-weight="bold">HIGH</text>`,
		`opacity="0.6">dim &amp; │</text>`,
		`>a &lt;b&gt;</text>`,
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	dec := xml.NewDecoder(strings.NewReader(string(got)))
	for {
		if _, err := dec.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestSVGRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"\x1b[2Jx", "\x1b[99mx", "\x1b[1", "\x1b[xm"} {
		if _, err := SVG("t", text); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}
