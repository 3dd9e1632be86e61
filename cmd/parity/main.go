// Program parity replays folders of templates as hook events and compares what
// the hook finds with what validate finds.
//
//	parity DIR...
//
// Each difference is a line; the last line counts. The exit code is 1 when
// there is a difference, and 2 when the folders could not be read.
package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/fsxns3ap/guardhook/hook/parity"
	"github.com/fsxns3ap/guardhook/internal/schema"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate/template"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Stdout, os.Stderr, os.Args[1:])
	stop()
	os.Exit(code)
}

func run(ctx context.Context, stdout, stderr io.Writer, dirs []string) int {
	if len(dirs) == 0 {
		_, _ = fmt.Fprintln(stderr, "usage: parity DIR...")
		return 2
	}
	set, err := rules.Embedded(rules.Options{KnownType: schema.Match})
	if err == nil {
		var total parity.Counts
		if total, err = replay(ctx, set, stdout, dirs); err == nil {
			_, err = fmt.Fprintln(stdout, total)
		}
		if err == nil && total.Differences > 0 {
			return 1
		}
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "parity:", err)
		return 2
	}
	return 0
}

// replay replays all templates below folders, several at a time.
func replay(ctx context.Context, set *rules.Set, stdout io.Writer, dirs []string) (parity.Counts, error) {
	files, err := templates(dirs)
	if err != nil {
		return parity.Counts{}, err
	}
	var (
		mu    sync.Mutex
		wg    sync.WaitGroup
		total parity.Counts
		first error
		next  = make(chan string)
	)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			r := parity.New(set, time.Now, func(d parity.Difference) {
				mu.Lock()
				defer mu.Unlock()
				_, _ = fmt.Fprintln(stdout, d)
			})
			for file := range next {
				src, err := os.ReadFile(file)
				var counts parity.Counts
				if err == nil {
					counts, err = r.Template(ctx, file, src)
				}
				mu.Lock()
				total.Add(counts)
				if err != nil && first == nil {
					first = fmt.Errorf("%s: %w", file, err)
				}
				mu.Unlock()
			}
		})
	}
	for _, file := range files {
		next <- file
	}
	close(next)
	wg.Wait()
	return total, first
}

// templates lists the files that may be templates.
func templates(dirs []string) ([]string, error) {
	var out []string
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			extensions := []string{".yaml", ".yml", ".json", ".template"}
			if slices.Contains(extensions, strings.ToLower(filepath.Ext(name))) && info.Size() <= template.MaxBytes {
				out = append(out, name)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
