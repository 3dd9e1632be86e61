// Package config reads the settings of a function from its environment.
//
// It promises that all problems are told at once, each with the name of its
// variable and what is expected, and never with the value. It does not know
// which settings there are: each function has a struct of its own, filled from a
// Reader:
//
//	r := config.NewReader(environ)
//	c := settings{Source: r.Bucket("SOURCE_BUCKET"), Labels: r.Int("MAX_LABELS", 20, 1, 1000)}
//	return c, r.Err()
package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// Reader reads variables and keeps what is wrong with them. A variable that is
// empty is one that is not set.
type Reader struct {
	values   map[string]string
	problems []string
}

// NewReader returns a reader of an environment in the form of os.Environ.
func NewReader(environ []string) *Reader {
	r := &Reader{values: map[string]string{}}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		r.values[name] = strings.TrimSpace(value)
	}
	return r
}

// Err is nil, or a failure of the kind Configuration that lists all problems.
func (r *Reader) Err() error {
	if len(r.problems) == 0 {
		return nil
	}
	return failure.New(failure.Configuration, "environment: %s", strings.Join(r.problems, "; "))
}

func (r *Reader) refuse(name, format string, args ...any) {
	r.problems = append(r.problems, name+": "+fmt.Sprintf(format, args...))
}

// Text returns a value that has to be there.
func (r *Reader) Text(name string) string {
	value := r.values[name]
	if value == "" {
		r.refuse(name, "is not set")
	}
	return value
}

// TextOr returns a value, or the fallback.
func (r *Reader) TextOr(name, fallback string) string {
	if value := r.values[name]; value != "" {
		return value
	}
	return fallback
}

// Choice returns one of the allowed values; the first of them is the fallback.
func (r *Reader) Choice(name string, allowed ...string) string {
	value := r.TextOr(name, allowed[0])
	if !slices.Contains(allowed, value) {
		r.refuse(name, "want one of %s", strings.Join(allowed, ", "))
	}
	return value
}

// Bool returns "true" or "false", or the fallback.
func (r *Reader) Bool(name string, fallback bool) bool {
	return r.Choice(name, strconv.FormatBool(fallback), strconv.FormatBool(!fallback)) == "true"
}

// List returns the parts between commas, without blanks and empty ones.
func (r *Reader) List(name string) []string {
	var out []string
	for _, part := range strings.Split(r.values[name], ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// Int returns a whole number of the range, or the fallback.
func (r *Reader) Int(name string, fallback, low, high int) int {
	return number(r, name, fallback, low, high, strconv.Atoi)
}

// Float returns a number of the range, or the fallback.
func (r *Reader) Float(name string, fallback, low, high float64) float64 {
	return number(r, name, fallback, low, high, func(text string) (float64, error) { return strconv.ParseFloat(text, 64) })
}

// Duration returns a duration of the range as Go writes it ("90s"), or the fallback.
func (r *Reader) Duration(name string, fallback, low, high time.Duration) time.Duration {
	return number(r, name, fallback, low, high, time.ParseDuration)
}

// number reads a value between bounds, which are part of the range. NaN is in no
// range.
func number[T int | float64 | time.Duration](r *Reader, name string, fallback, low, high T, parse func(string) (T, error)) T {
	text := r.values[name]
	if text == "" {
		return fallback
	}
	value, err := parse(text)
	if err != nil || !(value >= low && value <= high) {
		r.refuse(name, "want a value from %v to %v", low, high)
		return fallback
	}
	return value
}

// The forms of what S3 takes for a bucket:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html and
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html
const (
	bucketName     = `^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$` // also the alias of an access point
	accessPointARN = `^arn:aws[a-z-]*:s3:[a-z0-9-]+:[0-9]{12}:accesspoint/[a-z0-9][a-z0-9-]{1,48}[a-z0-9]$`
)

// Bucket returns what has to be there: the name of a bucket, or the alias or the
// ARN of an access point.
func (r *Reader) Bucket(name string) string {
	value := r.Text(name)
	if value != "" && !match(bucketName, value) && !match(accessPointARN, value) {
		r.refuse(name, "want a bucket, or the alias or the ARN of an access point")
	}
	return value
}

func match(pattern, text string) bool {
	ok, err := regexp.MatchString(pattern, text)
	return err == nil && ok
}
