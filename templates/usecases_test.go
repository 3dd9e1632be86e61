package templates_test

import (
	"os"
	"path/filepath"
	"testing"
)

func useCaseSource(t *testing.T, name string) string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("usecases", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

// TestUseCases: the built-in policy set finds nothing in the templates of the use
// cases, in any deployment; no role allows too much; and with the defaults nothing
// costs that is not used.
func TestUseCases(t *testing.T) {
	t.Parallel()
	v := validator(t)
	paths, err := filepath.Glob("usecases/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		name := filepath.Base(path)
		tmpl := parse(t, name, useCaseSource(t, name))
		for _, f := range findings(t, v, tmpl) {
			t.Errorf("%s:%d: %s %s: %s: %s", name, f.Line, f.Rule.ID, f.Resource, f.Status, f.Message)
		}
		if checkRoles(t, tmpl) == 0 {
			t.Errorf("%s: no statement was looked at", name)
		}
		for _, d := range resolve(t, tmpl, nil, "") {
			if reason := costs(d); reason != "" {
				t.Errorf("%s: %s is there by default (%s): %s", name, d.Resource.ID, d.When, reason)
			}
		}
	}
}

// TestUseCasesJudged: they pass because they are right. Each is refused with a
// mistake in it.
func TestUseCasesJudged(t *testing.T) {
	t.Parallel()
	checkRefused(t, useCaseSource, []mistake{
		{"event-driven.yaml", "Action: rekognition:DetectLabels", "Action: '*'", "IAM_ADMIN_ACCESS"},
		{"event-driven.yaml", "BlockPublicAcls: true", "BlockPublicAcls: false", "S3_PUBLIC_ACCESS_BLOCK"},
		{"event-driven.yaml", "Timeout: 60\n", "Timeout: 901\n", "LAMBDA_TIMEOUT_LIMIT"},
		{"event-driven.yaml", "      KmsMasterKeyId: !Ref KeyArn\n", "      SqsManagedSseEnabled: false\n", "SQS_ENCRYPTION"},
		{"event-driven.yaml", "            Principal: {Service: lambda.amazonaws.com}", "            Principal: '*'", "IAM_TRUST_PRINCIPAL"},
	})
}
