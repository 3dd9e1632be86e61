package hook

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// EnvPrefix begins the names of the environment variables that are settings:
// GUARDHOOK_POLICY sets policy, GUARDHOOK_REFRESH_SECONDS refreshSeconds.
const EnvPrefix = "GUARDHOOK_"

// Embedded is the value of Config.Policy for the built-in policy set.
const Embedded = "embedded"

// Config is how a hook is set up. It comes from the environment of the function
// and, for private hooks, from the type configuration, which wins.
type Config struct {
	// Policy locates the policy set: "embedded"; "s3://bucket/prefix/", the
	// files under a prefix; or "s3://bucket/key.tar.gz", a bundle, of which
	// "?versionId=..." selects a version.
	Policy string
	// PolicyConfig is the text of a guardhook.yaml: levels, parameters, waivers.
	PolicyConfig string
	// Refresh is how old a policy set from S3 may be before a call asks for a
	// newer one; MaxAge how old before a call fails when asking does.
	Refresh, MaxAge time.Duration
	// VerificationKey is the PEM text of the public key that signs the bundle,
	// VerificationKeyID its id, VerificationAlgorithm how it signs.
	VerificationKey, VerificationKeyID, VerificationAlgorithm string
	// AllowOlder accepts a bundle whose revision is older than that in use.
	AllowOlder bool
	// Strict makes a violation in some deployments of a template, and one that
	// depends on unknown values, block stacks and change sets.
	Strict bool
	// PayloadBytes is how large the document behind a payload URL may be.
	PayloadBytes int
	// PayloadTime is how long one try of fetching it may take.
	PayloadTime time.Duration
	// Margin is how long before the end of its time the function answers.
	// Limit is how long a call may take where no end is known.
	Margin, Limit time.Duration
	// DecisionLog is where the record of each call goes beside the function's
	// log: "s3://bucket/prefix/", an object each; "logs:NAME", a log group that
	// exists; nowhere if empty.
	DecisionLog string
	// Tracing is TracingOff or TracingXRay.
	Tracing string
	// MetricsNamespace is the CloudWatch namespace of metrics.
	MetricsNamespace string
}

// DefaultConfig returns the settings that hold where none are given.
func DefaultConfig() Config {
	return Config{
		Policy:                Embedded,
		Refresh:               time.Minute,
		MaxAge:                time.Hour,
		VerificationAlgorithm: "RS256",
		PayloadBytes:          8 << 20,
		PayloadTime:           5 * time.Second,
		Margin:                time.Second,
		Limit:                 20 * time.Second,
		Tracing:               TracingOff,
		MetricsNamespace:      "Guardhook",
	}
}

// setting is a field of Config by the name that it has in a type configuration.
type setting struct {
	name string
	set  func(c *Config, text string) error
	// function means that it is about the function, not about one hook that
	// the function serves: a type configuration cannot have it.
	function bool
}

func settings() []setting {
	return []setting{
		{"allowOlder", func(c *Config, s string) error { return toBool(&c.AllowOlder, s) }, false},
		{"decisionLog", func(c *Config, s string) error { c.DecisionLog = s; return nil }, true},
		{"limitSeconds", func(c *Config, s string) error { return toSeconds(&c.Limit, s, 1, int(maxInvocation/time.Second)) }, true},
		{"marginSeconds", func(c *Config, s string) error { return toSeconds(&c.Margin, s, 0, 20) }, true},
		{"maxAgeSeconds", func(c *Config, s string) error { return toSeconds(&c.MaxAge, s, 1, 30*24*3600) }, false},
		{"metricsNamespace", func(c *Config, s string) error { c.MetricsNamespace = s; return nil }, true},
		{"payloadBytes", func(c *Config, s string) error { return toInt(&c.PayloadBytes, s, 1, 64<<20) }, false},
		{"payloadSeconds", func(c *Config, s string) error { return toSeconds(&c.PayloadTime, s, 1, 20) }, false},
		{"policy", func(c *Config, s string) error { c.Policy = s; return nil }, false},
		{"policyConfig", func(c *Config, s string) error { c.PolicyConfig = s; return nil }, false},
		{"refreshSeconds", func(c *Config, s string) error { return toSeconds(&c.Refresh, s, 1, 24*3600) }, false},
		{"strict", func(c *Config, s string) error { return toBool(&c.Strict, s) }, false},
		{"tracing", func(c *Config, s string) error { return toChoice(&c.Tracing, s, TracingOff, TracingXRay) }, true},
		{"verificationAlgorithm", func(c *Config, s string) error { c.VerificationAlgorithm = s; return nil }, false},
		{"verificationKey", func(c *Config, s string) error { c.VerificationKey = s; return nil }, false},
		{"verificationKeyId", func(c *Config, s string) error { c.VerificationKeyID = s; return nil }, false},
	}
}

// envName returns the environment variable of a setting.
func envName(name string) string {
	var b strings.Builder
	for _, r := range name {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return EnvPrefix + strings.ToUpper(b.String())
}

// ConfigFromEnv reads the settings in an environment, the list of "NAME=value"
// that os.Environ returns. A variable that begins with EnvPrefix and is no
// setting is an error.
func ConfigFromEnv(environ []string) (Config, error) {
	given := map[string]string{}
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok && strings.HasPrefix(name, EnvPrefix) {
			given[name] = value
		}
	}
	return DefaultConfig().with(given, "environment variable ", func(s setting) string { return envName(s.name) })
}

// withType adds the type configuration of a private hook. Its scalars may have
// become strings on their way.
func (c Config) withType(model map[string]any) (Config, error) {
	if len(model) == 0 {
		return c, nil
	}
	given := map[string]string{}
	for name, v := range model {
		switch v := v.(type) {
		case nil:
		case string:
			given[name] = v
		case bool:
			given[name] = strconv.FormatBool(v)
		case json.Number:
			given[name] = v.String()
		default:
			return c, failf(InvalidTypeConfiguration, "type configuration: %s: want a scalar, found %s", name, kindOf(v))
		}
	}
	return c.with(given, "type configuration: ", func(s setting) string {
		if s.function {
			return ""
		}
		return s.name
	})
}

// with changes the settings that are given, under the names that named gives
// them; those without a name cannot be given. Messages do not quote values: one may be a key.
func (c Config) with(given map[string]string, where string, named func(setting) string) (Config, error) {
	rest := maps.Clone(given)
	var names []string
	for _, s := range settings() {
		name := named(s)
		if name == "" {
			continue
		}
		names = append(names, name)
		text, ok := rest[name]
		if !ok {
			continue
		}
		delete(rest, name)
		if err := s.set(&c, text); err != nil {
			return c, failf(InvalidTypeConfiguration, "%s%s: %v", where, name, err)
		}
	}
	if unknown := slices.Sorted(maps.Keys(rest)); len(unknown) > 0 {
		return c, failf(InvalidTypeConfiguration, "%s%s: no such setting (there are %s)", where, unknown[0], strings.Join(names, ", "))
	}
	if err := c.check(); err != nil {
		return c, failf(InvalidTypeConfiguration, "%s%v", where, err)
	}
	return c, nil
}

func (c *Config) check() error {
	source, err := parseSource(c.Policy)
	_, logErr := parseDecisionLog(c.DecisionLog)
	signed := c.VerificationKey != "" || c.VerificationKeyID != ""
	switch {
	case err != nil:
		return fmt.Errorf("policy: %w", err)
	case logErr != nil:
		return fmt.Errorf("decisionLog: %w", logErr)
	case c.MaxAge < c.Refresh:
		return fmt.Errorf("maxAgeSeconds is less than refreshSeconds")
	case c.Limit <= c.Margin:
		return fmt.Errorf("limitSeconds is not more than marginSeconds")
	case c.MetricsNamespace == "":
		return fmt.Errorf("metricsNamespace is empty")
	case !signed:
		return nil
	case c.VerificationKey == "" || c.VerificationKeyID == "":
		return fmt.Errorf("verificationKey and verificationKeyId belong together, and one is missing")
	case source.bucket == "" || source.key == "":
		return fmt.Errorf("verificationKey is set, and policy is no bundle: nothing else has a signature")
	case !slices.Contains(algorithms(), c.VerificationAlgorithm):
		return fmt.Errorf("verificationAlgorithm: want one of %s", strings.Join(algorithms(), ", "))
	}
	block, _ := pem.Decode([]byte(c.VerificationKey))
	if block == nil {
		return fmt.Errorf("verificationKey: want a public key in PEM form")
	}
	if _, err := x509.ParsePKIXPublicKey(block.Bytes); err != nil {
		return fmt.Errorf("verificationKey: want a public key in PEM form (PUBLIC KEY)")
	}
	return nil
}

// algorithms are those whose key for verifying does not sign.
func algorithms() []string {
	return []string{"ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"}
}

// source is where a policy set is: in the program, or in S3, as one object or
// as all objects under a prefix.
type source struct {
	bucket, prefix, key, version string
}

func parseSource(text string) (source, error) {
	if text == Embedded {
		return source{}, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "s3" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return source{}, fmt.Errorf("want %q, s3://bucket/prefix/ or s3://bucket/key.tar.gz", Embedded)
	}
	s := source{bucket: u.Host}
	path := strings.TrimPrefix(u.Path, "/")
	query := u.Query()
	s.version = query.Get("versionId")
	query.Del("versionId")
	switch {
	case len(query) > 0:
		return source{}, fmt.Errorf("the URI may have versionId after the ?, and nothing else")
	case path == "" || strings.HasSuffix(path, "/"):
		s.prefix = path
		if s.version != "" {
			return source{}, fmt.Errorf("versionId selects a version of one object, and this is a prefix")
		}
	case strings.HasSuffix(path, ".tar.gz"), strings.HasSuffix(path, ".tgz"):
		s.key = path
	default:
		return source{}, fmt.Errorf("the URI ends neither in / nor in .tar.gz")
	}
	return s, nil
}

// decisionLog is where records go; nowhere if it is zero.
type decisionLog struct {
	store source // S3
	group string // CloudWatch Logs
}

// logGroupName is the pattern of CloudWatch Logs for the name of a log group.
const logGroupName = `[.\-_/#A-Za-z0-9]{1,512}`

func parseDecisionLog(text string) (decisionLog, error) {
	if text == "" {
		return decisionLog{}, nil
	}
	if group, ok := strings.CutPrefix(text, "logs:"); ok {
		if !match(logGroupName, group) {
			return decisionLog{}, fmt.Errorf("want the name of a log group after logs:")
		}
		return decisionLog{group: group}, nil
	}
	s, err := parseSource(text)
	if err != nil || s.bucket == "" || s.key != "" {
		return decisionLog{}, fmt.Errorf("want s3://bucket/prefix/ or logs:NAME")
	}
	return decisionLog{store: s}, nil
}

func toChoice(to *string, text string, choices ...string) error {
	if !slices.Contains(choices, text) {
		return fmt.Errorf("want one of %s", strings.Join(choices, ", "))
	}
	*to = text
	return nil
}

func toBool(to *bool, text string) error {
	switch strings.ToLower(text) {
	case "true":
		*to = true
	case "false":
		*to = false
	default:
		return fmt.Errorf("want true or false")
	}
	return nil
}

func toInt(to *int, text string, least, most int) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return fmt.Errorf("want a whole number from %d to %d", least, most)
	}
	*to = n
	return nil
}

func toSeconds(to *time.Duration, text string, least, most int) error {
	n := 0
	if err := toInt(&n, text, least, most); err != nil {
		return fmt.Errorf("%w, in seconds", err)
	}
	*to = time.Duration(n) * time.Second
	return nil
}

func match(pattern, s string) bool {
	return regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString(s)
}
