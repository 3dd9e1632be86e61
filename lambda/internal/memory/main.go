// Program memory measures how much memory the functions take that read large
// objects: the bootstraps as they are deployed, under a Lambda Runtime API, with an
// S3 whose object is generated while it is read.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/fsxns3ap/guardhook/internal/lambdaruntime"
)

// limit is what a function may take, in bytes.
const limit = 64 << 20

func main() { os.Exit(command(os.Args[1:], limit, os.Stdout, os.Stderr)) }

// command returns the exit code.
func command(args []string, limit int64, stdout, stderr io.Writer) int {
	size := 0
	if len(args) >= 2 {
		size, _ = strconv.Atoi(args[1]) // 0 is none
	}
	if size <= 0 || len(args) > 3 {
		_, _ = fmt.Fprintln(stderr, "usage: memory DIRECTORY MIB [CASE]\n\nDIRECTORY has the bootstraps by the name of their package.")
		return 64
	}
	name := strings.Join(args[2:], "")
	code := 0
	for _, c := range cases {
		if name != "" && c.name != name {
			continue
		}
		m, err := c.measure(context.Background(), filepath.Join(args[0], c.program), int64(size)<<20)
		switch {
		case err != nil:
			_, _ = fmt.Fprintf(stderr, "memory: %s: %v\n", c.name, err)
			code = 1
		case m.peak > limit:
			_, _ = fmt.Fprintf(stderr, "memory: %s: %d MiB, want at most %d\n", c.name, m.peak>>20, limit>>20)
			code = 1
		}
		if err == nil {
			_, _ = fmt.Fprintf(stdout, "%-8s %5d MiB read in %v: at most %.1f MiB of memory\n", c.name, m.read>>20, m.took.Round(100*time.Millisecond), float64(m.peak)/(1<<20))
		}
	}
	return code
}

type measured struct {
	peak int64 // of the process, in bytes
	read int64 // from the object, in bytes
	took time.Duration
}

// measure has a bootstrap read an object of a size once.
func (c testCase) measure(ctx context.Context, program string, size int64) (measured, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	s, err := serve(c, size)
	if err != nil {
		return measured{}, err
	}
	defer s.close()
	api, err := lambdaruntime.New(lambdaruntime.Options{Left: time.Hour})
	if err != nil {
		return measured{}, err
	}
	defer func() { _ = api.Close() }()
	env := append([]string{
		"AWS_ENDPOINT_URL_S3=http://" + s.addr, "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b",
		"S3_ACCESS_POINT=" + inputBucket, "OUTPUT_BUCKET=" + outputBucket, "_HANDLER=" + c.handler,
	}, c.env...)
	var logs strings.Builder
	p, err := api.Start(ctx, program, env, &logs, &logs)
	if err != nil {
		return measured{}, err
	}
	began := time.Now()
	answer, err := api.Invoke(ctx, []byte(c.event))
	took := time.Since(began)
	m, memory := p.Memory()
	p.Stop()
	switch {
	case err != nil:
		return measured{}, err
	case answer.Fault || !json.Valid(answer.Body) || !strings.Contains(string(answer.Body), c.want):
		return measured{}, fmt.Errorf("it answers %s\n%s", answer.Body, logs.String())
	case s.read.Load() < size-size/8:
		return measured{}, fmt.Errorf("it has read %d bytes of %d", s.read.Load(), size)
	}
	return measured{m.Peak, s.read.Load(), took}, memory
}

// testCase is a function that reads an object.
type testCase struct {
	name    string
	program string // the name of the package
	handler string
	env     []string
	event   string
	// want is a part of the answer.
	want string
	// key of the object, and what it is.
	key     string
	content func(size int64) object
	// others are objects of the output bucket by key. OBJECT stands for the entry of
	// the object in a part of a manifest.
	others map[string]string
}

// object is what the object of a case is: *repeated.File is one.
type object interface {
	io.ReaderAt
	Size() int64
}
