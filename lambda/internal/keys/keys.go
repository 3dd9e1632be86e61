// Package keys makes the keys of what is written about an object.
//
// It promises that the key depends on nothing but its arguments, so that a call
// that is made again overwrites what the first one wrote, and that two objects
// never share one: it holds the full key, not the name without its ending. It
// makes keys for buckets: on a file system, "a" and "a/b" exclude each other.
package keys

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// MaxLength is how many bytes of UTF-8 S3 takes for a key:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
const MaxLength = 1024

// hashed is the end of a key that is not spelt out.
const hashed = `~[0-9a-f]{64}$`

// Output is prefix + key + suffix: Output("tags/", "a/b.jpg", ".json") is
// "tags/a/b.jpg.json". Where that is too long, a hash takes the place of the end
// of the key. Prefix and suffix are those of a use case, at most 128 bytes each.
func Output(prefix, key, suffix string) string {
	room := MaxLength - len(prefix) - len(suffix)
	ambiguous, err := regexp.MatchString(hashed, key)
	if err == nil && !ambiguous && len(key) <= room {
		return prefix + key + suffix
	}
	sum := sha256.Sum256([]byte(key))
	end := "~" + hex.EncodeToString(sum[:])
	return prefix + failure.Cut(key, room-len(end)) + end + suffix
}
