package rules

import (
	"strings"
	"testing"
)

func profiles(t *testing.T) []Profile {
	t.Helper()
	all, err := Profiles()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestProfiles holds the profiles to what docs/configuration.md says of them.
func TestProfiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ profile, rule, level string }{
		{"baseline", "IAM_ADMIN_ACCESS", "block"},
		{"baseline", "S3_ENCRYPTION", "block"},
		{"baseline", "SQS_ENCRYPTION", "warn"},
		{"baseline", "S3_VERSIONING", "advise"},
		{"baseline", "LAMBDA_TRACING", "advise"},
		{"strict", "S3_VERSIONING", "block"},
		{"strict", "SQS_ENCRYPTION", "block"},
		{"strict", "LAMBDA_TRACING", "warn"},
		{"serverless", "LAMBDA_TIMEOUT_LIMIT", "block"},
		{"serverless", "LAMBDA_TRACING", "warn"},
		{"serverless", "STATE_MACHINE_TASK_CATCH", "warn"},
		{"serverless", "API_GATEWAY_AUTHORIZATION", "block"},
		{"serverless", "API_GATEWAY_TRACING", "warn"},
		{"serverless", "DYNAMODB_POINT_IN_TIME_RECOVERY", "block"},
		{"serverless", "SQS_ENCRYPTION", "block"},
		{"serverless", "SNS_ENCRYPTION", "block"},
		{"serverless", "LOG_GROUP_KMS", "warn"},
		{"serverless", "S3_VERSIONING", "warn"},
		{"serverless", "DELETION_POLICY", "block"},
		{"serverless", "RDS_PUBLIC", "block"},
		{"serverless", "REDSHIFT_BACKUP_RETENTION", "advise"},
		{"serverless", "SAGEMAKER_MODEL_VPC", "advise"},
	} {
		p, err := FindProfile(c.profile)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Embedded(Options{Profile: p})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Level(s.Rule(c.rule), Stack{}).String(); got != c.level {
			t.Errorf("%s: %s is %s, want %s", c.profile, c.rule, got, c.level)
		}
	}
	if _, err := FindProfile("lenient"); err == nil || !strings.Contains(err.Error(), "want baseline, strict, serverless") {
		t.Errorf("an unknown profile: %v", err)
	}
}

// TestProfilesAreSafe looks at every rule: no profile lets a dangerous violation
// pass, and every entry of a profile selects a rule, whatever the stack.
func TestProfilesAreSafe(t *testing.T) {
	t.Parallel()
	s, err := Embedded(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range profiles(t) {
		if p.Title == "" {
			t.Errorf("%s has no title", p.Name)
		}
		if p.Undecided != 0 && p.Undecided != Block {
			t.Errorf("%s: what may be dangerous passes", p.Name)
		}
		for _, r := range s.Rules() {
			if level := p.level(r); r.Severity >= High && level != Block || level == Off {
				t.Errorf("%s: %s %s is %s", p.Name, r.Severity, r.ID, level)
			}
		}
		for i, l := range p.Levels {
			if len(l.Stacks)+len(l.Accounts) > 0 {
				t.Errorf("%s: entry %d depends on the stack", p.Name, i)
			}
			for _, id := range l.Rules {
				one := LevelRule{Rules: []string{id}, Severities: l.Severities}
				if !anyRule(s, &one) {
					t.Errorf("%s: entry %d: %s selects nothing", p.Name, i, id)
				}
			}
			for _, family := range l.Families {
				if !anyRule(s, &LevelRule{Families: []string{family}}) {
					t.Errorf("%s: entry %d: %s selects nothing", p.Name, i, family)
				}
			}
		}
	}
}

func anyRule(s *Set, l *LevelRule) bool {
	for _, r := range s.Rules() {
		if l.selects(r) {
			return true
		}
	}
	return false
}

// TestProfileInConfig combines a profile with what the file says itself.
func TestProfileInConfig(t *testing.T) {
	t.Parallel()
	baseline, err := FindProfile("baseline")
	if err != nil {
		t.Fatal(err)
	}
	const strict = "version: 1\nprofile: strict\n"
	load := func(text string, given *Profile) *Set {
		s, err := Embedded(Options{Config: config(t, text), Profile: given})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, c := range []struct {
		text      string
		given     *Profile
		level     Level // of S3_VERSIONING
		strict    bool
		undecided Level
	}{
		{strict, nil, Block, true, Block},
		{strict + "strict: false\n", nil, Block, false, Block},
		{strict + "undecided: warn\n", nil, Block, true, Warn},
		{strict + "levels: [{severities: [LOW], level: warn}]\n", nil, Warn, true, Block},
		{strict, baseline, Advise, false, Block},
		{strict + "levels: [{rules: [S3_*], level: block}]\n", baseline, Block, false, Block},
		{"version: 1\nstrict: true\n", baseline, Advise, true, Block},
	} {
		s := load(c.text, c.given)
		got := s.Config()
		if level := s.Level(s.Rule("S3_VERSIONING"), Stack{}); level != c.level || got.Strict != c.strict || got.Undecided != c.undecided {
			t.Errorf("%q: level %s, strict %v, undecided %s", c.text, level, got.Strict, got.Undecided)
		}
	}
	plain, inFile, given, other := load("version: 1\n", nil), load("version: 1\nprofile: baseline\n", nil), load("version: 1\n", baseline), load(strict, nil)
	if inFile.Digest() != given.Digest() || given.Digest() == plain.Digest() || given.Digest() == other.Digest() {
		t.Errorf("digests: none %s, in the file %s, given %s, another %s", plain.Digest(), inFile.Digest(), given.Digest(), other.Digest())
	}
	if c := config(t, "version: 1\nprofile: strict\n"); c.onlyLocates() {
		t.Error("a profile is no location")
	}
	// A policy set with other families takes what a profile says of severities.
	if s := small(t, config(t, "version: 1\nprofile: serverless\n")); s.Level(s.Rule("ACME_LIFECYCLE"), Stack{}) == 0 {
		t.Error("no level")
	}
}
