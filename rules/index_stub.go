//go:build genindex

package rules

import "embed"

// The generator of index_gen.go is built with an empty built-in set, so that it
// also runs when the index names files that are gone.
var builtinFiles embed.FS

func builtinModules() []builtinModule { return nil }
