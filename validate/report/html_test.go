package report

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// element calls f for every element of a document.
func element(n *html.Node, f func(n *html.Node, attributes map[string]string)) {
	if n.Type == html.ElementNode {
		attributes := map[string]string{}
		for _, a := range n.Attr {
			attributes[a.Key] = a.Val
		}
		f(n, attributes)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		element(c, f)
	}
}

// TestHTMLStandsAlone holds a page to what its policy allows: its own style and
// script, no handler, no request, links that only a reader follows.
func TestHTMLStandsAlone(t *testing.T) {
	t.Parallel()
	known := []string{
		"html", "head", "meta", "title", "style", "body", "a", "header", "div", "p", "h1", "h2", "h3", "span", "label", "select", "option",
		"main", "section", "ul", "li", "code", "b", "form", "fieldset", "legend", "input", "small", "button", "details", "summary", "pre", "dl",
		"dt", "dd", "table", "thead", "tbody", "tr", "th", "td", "article", "footer", "script",
	}
	for _, name := range caseNames(t) {
		r := reportOf(t, name)
		doc, err := html.Parse(strings.NewReader(written(t, r, "html")))
		if err != nil {
			t.Fatal(err)
		}
		policy := ""
		ids := map[string]bool{}
		counts := map[string]int{}
		findings := 0
		element(doc, func(n *html.Node, attributes map[string]string) {
			counts[n.Data]++
			if !slices.Contains(known, n.Data) {
				t.Errorf("%s: an element %s", name, n.Data)
			}
			for key, value := range attributes {
				if strings.HasPrefix(key, "on") || key == "src" || key == "style" || key == "srcset" {
					t.Errorf("%s: %s=%q", name, key, value)
				}
			}
			if id := attributes["id"]; id != "" {
				if ids[id] {
					t.Errorf("%s: two elements %s", name, id)
				}
				ids[id] = true
			}
			switch n.Data {
			case "meta":
				policy += attributes["content"]
			case "a":
				if href := attributes["href"]; !strings.HasPrefix(href, "#") && !strings.HasPrefix(href, "https://") {
					t.Errorf("%s: a link to %q", name, href)
				}
			case "script", "style":
				if !strings.Contains(policy, n.Data+"-src '"+sourceHash(n.FirstChild.Data)+"'") {
					t.Errorf("%s: the policy does not allow the page's own %s: %s", name, n.Data, policy)
				}
			case "details":
				if strings.HasPrefix(attributes["class"], "finding") {
					findings++
				}
			}
		})
		if counts["script"] != 1 || counts["style"] != 1 {
			t.Errorf("%s: %d scripts, %d styles", name, counts["script"], counts["style"])
		}
		if findings != len(r.ranked()) {
			t.Errorf("%s: %d findings, want %d", name, findings, len(r.ranked()))
		}
		element(doc, func(_ *html.Node, attributes map[string]string) {
			if target, ok := strings.CutPrefix(attributes["href"], "#"); ok && !ids[target] {
				t.Errorf("%s: there is no %s", name, target)
			}
		})
	}
}
