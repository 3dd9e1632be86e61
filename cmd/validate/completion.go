package main

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"text/template"

	"github.com/alecthomas/kong"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate/report"
)

type completionArgs struct {
	Shell string `arg:"" name:"shell" enum:"bash,zsh,fish"`
}

//go:embed completion.tmpl
var completionSource string

// completions is what the scripts are made of: every command with what may stand
// behind it.
type completions struct {
	Commands []completedCommand
	Flags    []completedFlag // of every command, by name
}

// Value is the flag of a name, nil where it takes no value.
func (c *completions) Value(name string) *completedFlag {
	i := slices.IndexFunc(c.Flags, func(f completedFlag) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return &c.Flags[i]
}

// completedCommand is a command. Words and Flags are what may follow it.
type completedCommand struct {
	From, Name string // "guard", "fmt"; the program itself has no name
	Words      string
	Flags      []string
	Files      bool // it takes files
}

// Path is all words of a command.
func (c completedCommand) Path() string { return strings.TrimSpace(c.From + " " + c.Name) }

// completedFlag is a flag that takes a value, with the values it may have. There
// are none where the value is a file, or anything.
type completedFlag struct {
	Name, Values string
	Files        bool
}

// completion writes a shell's script. It is made from the grammar that the
// program reads, so that it knows every command and flag.
func (c *Command) completion(root *kong.Node, shell string) (int, error) {
	tmpl, err := template.New("").Parse(completionSource)
	if err != nil {
		return 0, err
	}
	words, err := newCompletions(root)
	if err != nil {
		return 0, err
	}
	return exitClean, tmpl.ExecuteTemplate(c.Stdout, shell, words)
}

// newCompletions reads a grammar.
func newCompletions(root *kong.Node) (*completions, error) {
	out := &completions{}
	values, err := flagValues()
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var visit func(n *kong.Node, command completedCommand)
	visit = func(n *kong.Node, command completedCommand) {
		var words []string
		// What a default command takes may stand behind the command that it is
		// the default of.
		for _, node := range [...]*kong.Node{n, n.DefaultCmd} {
			if node == nil {
				continue
			}
			for _, p := range node.Positional {
				words = append(words, p.EnumSlice()...)
				command.Files = command.Files || takesFiles(p.Name)
			}
			for _, group := range node.AllFlags(true) {
				for _, f := range group {
					command.Flags = append(command.Flags, "--"+f.Name)
					if f.IsBool() || seen[f.Name] {
						continue
					}
					seen[f.Name] = true
					out.Flags = append(out.Flags, completedFlag{"--" + f.Name, cmp.Or(values[f.Name], strings.Join(f.EnumSlice(), " ")), takesFiles(cmp.Or(f.PlaceHolder, f.Name))})
				}
			}
		}
		for _, child := range n.Children {
			// The default command is what stands there without its name.
			if child != n.DefaultCmd {
				words = append(words, child.Name)
			}
			visit(child, completedCommand{From: command.Path(), Name: child.Name})
		}
		command.Words, command.Flags = strings.Join(compact(words), " "), compact(append(command.Flags, "--help"))
		out.Commands = append(out.Commands, command)
	}
	visit(root, completedCommand{})
	slices.SortFunc(out.Commands, func(a, b completedCommand) int { return cmp.Compare(a.Path(), b.Path()) })
	slices.SortFunc(out.Flags, func(a, b completedFlag) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

func compact(words []string) []string {
	slices.Sort(words)
	return slices.Compact(slices.DeleteFunc(words, func(w string) bool { return w == "" }))
}

// takesFiles tells, by the name of what a command or flag takes, whether that is
// a file or folder.
func takesFiles(name string) bool {
	return slices.Contains([]string{"path", "file", "FILE", "SET", "DIR", "out", "dir"}, name)
}

// flagValues are the values of flags for which the grammar does not list them.
// Those of "format" are what one of the commands takes; the others refuse them with
// a list of theirs.
func flagValues() (map[string]string, error) {
	profiles, err := rules.Profiles()
	if err != nil {
		return nil, err
	}
	names := make([]string, len(profiles))
	for i, p := range profiles {
		names[i] = p.Name
	}
	formats := strings.Join(report.Formats(), " ")
	return map[string]string{
		"changed":     changedTemplates + " " + changedResources,
		"fail-level":  "block warn advise",
		"format":      formats + " yaml",
		"guard-input": "template resolved",
		"output":      formats,
		"profile":     strings.Join(names, " "),
		"severity":    "informational low medium high critical",
	}, nil
}
