// Package legalcompliancelocal describes the legal-compliance use case for the local
// stack, with a file system whose files are of all kinds that the audit tells apart.
package legalcompliancelocal

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/fsxns3ap/guardhook/internal/ontapsim"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
	"github.com/fsxns3ap/guardhook/lambda/legalcompliance"
	"github.com/fsxns3ap/guardhook/lambda/local"
)

// AccessPoint is the alias of the volume's access point.
const AccessPoint = "legal-vol-ext-s3alias"

// Summary is what the model writes.
const Summary = "Files are open to everybody."

// files is how many files ONTAP knows; those that are seeded are listed.
const files = 1 << 20

// UseCase returns the description.
func UseCase() local.UseCase { return With(nil) }

// With returns the description with another file system: change, which may be nil,
// changes what is told of file n, or says that it is not there.
func With(change func(n int, f *ontapsim.File) bool) local.UseCase {
	return local.UseCase{
		Name: "legal-compliance", Package: "lambda/legalcompliance", Functions: legalcompliance.Functions(), Machine: "Workflow",
		Parameters: map[string]string{
			"CodeBucket": "code", "CodeKey": "legalcompliance-arm64.zip", "KeyArn": local.KeyArn, "AccessPointAlias": AccessPoint, "AccessPointName": "legal",
			"SvmUuid": SVM, "VolumeUuid": Volume, "SubnetIds": "subnet-0123456789abcdef0", "SecurityGroupId": "sg-0123456789abcdef0",
			"AuditPeriod": "month", // runs before and after midnight are of one audit
		},
		Buckets: []string{AccessPoint},
		Answers: []local.Answer{{
			Service: "bedrock-runtime", Operation: "Converse", Call: "POST /model/*/converse", Body: awsfake.ConverseAnswer("end_turn", Summary),
		}},
		Before: func(w *local.World) error {
			ontap := ontapsim.Start(100)
			w.Cleanup(ontap.Close)
			Serve(ontap, files, time.Now(), change)
			secret, err := w.Make("AWS::SecretsManager::Secret", map[string]any{"Name": "ontap", "SecretString": ontap.Secret()})
			w.SetParameter("OntapEndpoint", ontap.Host())
			w.SetParameter("OntapSecretArn", secret)
			return err
		},
		Seed: func(w *local.World, objects int) error {
			for n := range objects {
				w.Put(AccessPoint, Key(n), fmt.Appendf(nil, "contract %d", n))
			}
			return nil
		},
		Input:   func(*local.World) any { return map[string]string{"source": "schedule"} },
		Prepare: prepare,
	}
}

// The run of the events in testdata.
const (
	run   = "events"
	audit = "2026-11-01"
	part  = "manifests/legal-compliance-" + audit + "/" + run + "/0000.json"
)

// prepare makes what an event refers to: what the functions before it have written.
func prepare(w *local.World, event string) error {
	function, _, _ := strings.Cut(event, ".")
	output := w.Name("Output")
	switch function {
	case "collect":
		text, err := json.Marshal([]objects.Object{{Key: Key(0)}, {Key: Key(1)}})
		w.Put(output, part, text)
		return err
	case "report":
		for _, name := range []string{"overly_permissive_shares", "stale_access_entries", "policy_violations"} {
			w.Put(output, "findings/"+audit+"/"+run+"/"+name+".jsonl", []byte(`{"object_key":"a"}`))
		}
	case "commit":
		_, err := w.Invoke("Find", legalcompliance.FindEvent{Run: run, Started: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)})
		return err
	}
	return nil
}
