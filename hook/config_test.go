package hook

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestConfigFromEnv(t *testing.T) {
	t.Parallel()
	key := newSigner(t, "id").public
	c, err := ConfigFromEnv([]string{
		"PATH=/bin", "GUARDHOOK_POLICY=s3://b/k.tar.gz?versionId=1", "GUARDHOOK_MAX_AGE_SECONDS=90", "GUARDHOOK_STRICT=true",
		"GUARDHOOK_VERIFICATION_KEY=" + key, "GUARDHOOK_VERIFICATION_KEY_ID=id", "GUARDHOOK_LIMIT_SECONDS=25",
	})
	want := DefaultConfig()
	want.Policy, want.MaxAge, want.Strict, want.Limit = "s3://b/k.tar.gz?versionId=1", 90*time.Second, true, 25*time.Second
	want.VerificationKey, want.VerificationKeyID = key, "id"
	if err != nil || c != want {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestConfigErrors(t *testing.T) {
	t.Parallel()
	for env, want := range map[string]string{
		"GUARDHOOK_POLICIES=x":                                          "GUARDHOOK_POLICIES: no such setting",
		"GUARDHOOK_=x":                                                  "no such setting",
		"GUARDHOOK_policy=x":                                            "no such setting",
		"GUARDHOOK_POLICY=":                                             "policy: want",
		"GUARDHOOK_POLICY=file:///rules":                                "policy: want",
		"GUARDHOOK_POLICY=s3://b/rules":                                 "neither in / nor in .tar.gz",
		"GUARDHOOK_POLICY=s3://b/rules/?versionId=1":                    "this is a prefix",
		"GUARDHOOK_POLICY=s3://b/k.tar.gz?version=1":                    "versionId after the ?",
		"GUARDHOOK_POLICY=s3://u:p@b/k.tar.gz":                          "policy: want",
		"GUARDHOOK_REFRESH_SECONDS=0":                                   "whole number",
		"GUARDHOOK_REFRESH_SECONDS=1m":                                  "whole number",
		"GUARDHOOK_MAX_AGE_SECONDS=5":                                   "less than refreshSeconds",
		"GUARDHOOK_STRICT=yes":                                          "want true or false",
		"GUARDHOOK_LIMIT_SECONDS=31":                                    "from 1 to 30",
		"GUARDHOOK_LIMIT_SECONDS=1":                                     "not more than marginSeconds",
		"GUARDHOOK_TRACING=yes":                                         "want one of off, xray",
		"GUARDHOOK_DECISION_LOG=/var/log":                               "decisionLog: want s3://bucket/prefix/ or logs:NAME",
		"GUARDHOOK_DECISION_LOG=s3://b/k.tar.gz":                        "decisionLog: want s3://bucket/prefix/ or logs:NAME",
		"GUARDHOOK_DECISION_LOG=embedded":                               "decisionLog: want s3://bucket/prefix/ or logs:NAME",
		"GUARDHOOK_DECISION_LOG=logs:a b":                               "want the name of a log group",
		"GUARDHOOK_METRICS_NAMESPACE=":                                  "metricsNamespace is empty",
		"GUARDHOOK_VERIFICATION_KEY=pem":                                "belong together",
		"GUARDHOOK_VERIFICATION_KEY_ID=id":                              "belong together",
		"GUARDHOOK_VERIFICATION_KEY=p\nGUARDHOOK_VERIFICATION_KEY_ID=i": "policy is no bundle",
		"GUARDHOOK_POLICY=s3://b/k.tgz\nGUARDHOOK_VERIFICATION_KEY=p\nGUARDHOOK_VERIFICATION_KEY_ID=i":                                         "want a public key",
		"GUARDHOOK_POLICY=s3://b/k.tgz\nGUARDHOOK_VERIFICATION_KEY=p\nGUARDHOOK_VERIFICATION_KEY_ID=i\nGUARDHOOK_VERIFICATION_ALGORITHM=HS256": "want one of ES256",
		"GUARDHOOK_PAYLOAD_BYTES=-1": "whole number",
	} {
		_, err := ConfigFromEnv(strings.Split(env, "\n"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", env, err)
		}
	}
}

func TestTypeConfiguration(t *testing.T) {
	t.Parallel()
	for model, want := range map[string]string{
		`{}`: "", `{"strict": true, "refreshSeconds": 5, "payloadBytes": "100"}`: "", `{"strict": null}`: "",
		`{"Strict": true}`:           "Strict: no such setting",
		`{"strict": "maybe"}`:        "want true or false",
		`{"strict": {}}`:             "want a scalar, found an object",
		`{"decisionLog": "s3://b/"}`: "decisionLog: no such setting",
		`{"limitSeconds": 5}`:        "limitSeconds: no such setting",
		`{"policyConfig": ["a"]}`:    "want a scalar, found a list",
		`{"unknown": 1}`:             "unknown: no such setting (there are allowOlder,",
	} {
		v, err := decodeJSON([]byte(model))
		if err != nil {
			t.Fatal(err)
		}
		_, err = DefaultConfig().withType(v.(map[string]any))
		var f *Failure
		switch {
		case want == "" && err == nil:
		case err == nil || want == "" || !strings.Contains(err.Error(), want):
			t.Errorf("%s: %v", model, err)
		case !errors.As(err, &f) || f.Code != InvalidTypeConfiguration:
			t.Errorf("%s: %#v", model, err)
		}
	}
}

// TestConfigErr answers every call with what is wrong with the configuration.
func TestConfigErr(t *testing.T) {
	t.Parallel()
	_, err := ConfigFromEnv([]string{"GUARDHOOK_POLCY=x"})
	r := newRig(t, nil, func(o *Options) { o.ConfigErr = err })
	got := r.respond(t.Context(), resourceEvent("CREATE_PRE_PROVISION", "AWS::S3::Bucket", goodBucket()))
	if got.Status != Failed || got.ErrorCode != InvalidTypeConfiguration || !strings.Contains(got.Message, "GUARDHOOK_POLCY") {
		t.Errorf("%+v", got)
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	t.Parallel()
	c := struct {
		S secret
		C Credentials
	}{"planted-secret", Credentials{AccessKeyID: "A", secretAccessKey: "planted-secret", sessionToken: "planted-token"}}
	out, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	noSecrets(t, "JSON", string(out))
}
