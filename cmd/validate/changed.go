package main

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/baseline"
	"github.com/fsxns3ap/guardhook/validate/report"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// What --changed compares.
const (
	changedTemplates = "templates"
	changedResources = "resources"
)

// revision is the tree of a commit of the repository of the working directory.
type revision struct {
	ref   string
	root  string            // of the working tree, without links
	blobs map[string]string // ids of files by their paths from the root, with slashes
}

// openRevision reads the tree of what a reference names.
func openRevision(ctx context.Context, ref string) (*revision, error) {
	if strings.HasPrefix(ref, "-") || strings.ContainsFunc(ref, func(r rune) bool { return r < ' ' }) {
		return nil, usagef("--changed-since: %q is no name of a commit", ref)
	}
	top, err := git(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, fmt.Errorf("--changed-since: no git repository: %w", err)
	}
	root, err := filepath.EvalSymlinks(filepath.FromSlash(strings.TrimSuffix(string(top), "\n")))
	if err != nil {
		return nil, fmt.Errorf("--changed-since: %w", err)
	}
	commit, err := git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}")
	if err != nil {
		return nil, fmt.Errorf("--changed-since: the repository has no commit %s; a shallow clone has few", ref)
	}
	tree, err := git(ctx, "ls-tree", "-r", "-z", "--full-tree", strings.TrimSpace(string(commit)))
	if err != nil {
		return nil, fmt.Errorf("--changed-since: %w", err)
	}
	r := &revision{ref: ref, root: root, blobs: map[string]string{}}
	for entry := range strings.SplitSeq(string(tree), "\x00") {
		attributes, name, _ := strings.Cut(entry, "\t")
		if fields := strings.Fields(attributes); len(fields) == 3 && fields[1] == "blob" {
			r.blobs[name] = fields[2]
		}
	}
	return r, nil
}

// git runs git in the working directory. Arguments never come from a file's name.
func git(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0")
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		return nil, fmt.Errorf("git: %s", strings.TrimSpace(string(exit.Stderr)))
	}
	return out, err
}

// blob is the id of the version that the revision has of a file. A file behind a
// link that the revision has not, or has with another target, is another file.
func (r *revision) blob(file string) (id string, ok bool) {
	path, err := filepath.Abs(file)
	if err != nil {
		return "", false
	}
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil || !r.links(path, resolved) {
		return "", false
	}
	id, ok = r.blobs[r.name(resolved)]
	return id, ok
}

// name is what the revision calls a path without links, or "".
func (r *revision) name(path string) string {
	name, err := filepath.Rel(r.root, path)
	if err != nil {
		return ""
	}
	return filepath.ToSlash(name)
}

// links tells whether the links of the repository that lead from a path to what it
// resolves to are those that the revision has.
func (r *revision) links(path, resolved string) bool {
	for path != resolved {
		dir, err := filepath.EvalSymlinks(filepath.Dir(path))
		if err != nil {
			return false
		}
		here := filepath.Join(dir, filepath.Base(path))
		if target, err := os.Readlink(here); err == nil {
			inside := !strings.HasPrefix(r.name(here), "../")
			if id, ok := r.blobs[r.name(here)]; inside && (!ok || blobID([]byte(filepath.ToSlash(target)), len(id)) != id) {
				return false
			}
			if !filepath.IsAbs(target) {
				target = filepath.Join(dir, target)
			}
			return r.links(target, resolved) && r.links(filepath.Dir(path), dir)
		}
		path, resolved = filepath.Dir(path), dir
	}
	return true
}

// same tells whether a file has the bytes that the revision has. Git is not
// asked: it can be told to overlook a change.
func (r *revision) same(file string) bool {
	id, ok := r.blob(file)
	if !ok {
		return false
	}
	src, err := readFile(file)
	return err == nil && blobID(src, len(id)) == id
}

// blobID is the id that git gives to a file's content, in hex of a length.
func blobID(src []byte, length int) string {
	var h hash.Hash = sha1.New()
	if length == hex.EncodedLen(sha256.Size) {
		h = sha256.New()
	}
	fmt.Fprintf(h, "blob %d\x00", len(src))
	h.Write(src)
	return hex.EncodeToString(h.Sum(nil))
}

// choose leaves out the files that are as in the base, with their nested stacks.
func (a *adoption) choose(files []input, c children) []input {
	if a.base == nil {
		return files
	}
	g := &nesting{children: c, params: a.params, refers: map[string][]string{}}
	var out []input
	for _, in := range files {
		if in.path != "-" && in.err == nil && in.ignore == "" && a.base.same(in.path) && g.every(in.path, a.base.same) {
			a.report.Since.Files++
			a.unchanged = append(a.unchanged, in.path)
			continue
		}
		out = append(out, in)
	}
	return out
}

// partial tells whether there are files that were left out.
func (a *adoption) partial() bool { return a.report.Since != nil && a.report.Since.Files > 0 }

// compare judges what the base has of the files, where only findings that it has
// not are to be shown.
func (a *adoption) compare(ctx context.Context, files []input, set *rules.Set, opts validate.Options) error {
	if a.base == nil || a.args.Changed != changedResources {
		return nil
	}
	opts.Children = oldChildren{ctx, a.base, opts.Children}
	v := validate.New(set, opts)
	var entries []baseline.Entry
	for _, in := range files {
		if in.path == "-" {
			continue
		}
		src, err := a.base.read(ctx, in.path)
		if err != nil {
			return err
		}
		t, err := template.Load(in.name(), src, template.Options{Parameters: a.params.Values})
		if err != nil {
			// Nothing of what is found now was found in that.
			continue
		}
		result, err := v.Validate(ctx, t)
		if err != nil {
			return err
		}
		entries = append(entries, a.entries(result)...)
	}
	a.old = baseline.New(entries)
	return nil
}

// entries are the findings in a template and its nested stacks.
func (a *adoption) entries(result *validate.Result) []baseline.Entry {
	var out []baseline.Entry
	for i := range result.Findings {
		if f := &result.Findings[i]; report.Counts(f.Status) {
			out = append(out, a.entry(result.Template, f))
		}
	}
	for _, n := range result.Nested {
		out = append(out, a.entries(n)...)
	}
	return out
}

// read returns a file of the revision, and nothing where it has none.
func (r *revision) read(ctx context.Context, file string) ([]byte, error) {
	id, ok := r.blob(file)
	if !ok {
		return nil, nil
	}
	src, err := git(ctx, "cat-file", "blob", id)
	if err != nil {
		return nil, fmt.Errorf("--changed-since: %s: %w", file, err)
	}
	return src, nil
}

// oldChildren finds the templates of nested stacks in a revision.
type oldChildren struct {
	ctx  context.Context
	base *revision
	now  validate.Children
}

// Child implements validate.Children.
func (c oldChildren) Child(parent string, stack *template.Resource) (string, []byte, error) {
	file, src, err := c.now.Child(parent, stack)
	if err != nil || file == "" {
		return file, src, err
	}
	if src, err = c.base.read(c.ctx, file); err != nil || src == nil {
		return "", nil, err
	}
	return file, src, nil
}
