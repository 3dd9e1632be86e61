// Package regions chooses the Region of each service.
//
// It promises that data stays in the home Region unless a setting names a
// service that is used elsewhere. It does not fail over: the alias of an access
// point belongs to one Region, so that a second one would be asked for what it
// does not have.
package regions

import (
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// Regions are the Regions of services.
type Regions struct {
	home aws.Config
	away map[string]string
}

// New returns the Regions with those of services that are away from the Region
// of home: each entry of away is "service=region", with any name that Config is
// asked for. Services that are not known are refused.
func New(home aws.Config, away []string, known ...string) (*Regions, error) {
	r := &Regions{home: home, away: map[string]string{}}
	for _, entry := range away {
		service, region, _ := strings.Cut(entry, "=")
		if !slices.Contains(known, service) || !isRegion(region) {
			return nil, failure.New(failure.Configuration, "Regions of services: want service=region, separated by commas, with a service of %s", strings.Join(known, ", "))
		}
		r.away[service] = region
	}
	return r, nil
}

func isRegion(text string) bool {
	ok, err := regexp.MatchString(`^[a-z]{2,4}(-[a-z]+)+-[0-9]$`, text)
	return err == nil && ok
}

// Config is the configuration for clients of a service.
func (r *Regions) Config(service string) aws.Config {
	c := r.home.Copy()
	if region := r.away[service]; region != "" {
		c.Region = region
	}
	return c
}
