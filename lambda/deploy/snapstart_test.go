package deploy_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/internal/stacks"
	"github.com/fsxns3ap/guardhook/lambda/deploy"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
)

// flow is a stack with functions. Whether they have SnapStart is what Lambda says.
const flow = `
Parameters:
  CodeBucket: {Type: String}
  CodeKey: {Type: String}
  EnableSnapStart: {Type: String, Default: "false"}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {RoleName: !Ref EnableSnapStart, AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: []}}
`

// function adds a function to a template.
func function(name string) string {
	return "  " + name + `:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: ` + name + `
      Runtime: python3.13
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code: {S3Bucket: !Ref CodeBucket, S3Key: !Ref CodeKey}
`
}

// snapRig is an account whose Lambda is a fake that knows SnapStart.
type snapRig struct {
	*rig
	t    *testing.T
	fake *awsfake.Server
}

func newSnapRig(t *testing.T, names ...string) *snapRig {
	t.Helper()
	r := &snapRig{newRig(t), t, awsfake.New(t)}
	in := r.eventDriven(t, "one")
	in.Template, in.CodeBucket, in.Parameters = flow, r.bucket(t), nil
	for _, name := range names {
		in.Template += function(name)
	}
	if _, err := r.deployer().Deploy(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	account, err := url.Parse(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	r.fake.Rest(&httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(account) }})
	r.config = r.fake.Config()
	r.progress.Reset()
	return r
}

// answer is a body that Lambda returns.
func (r *snapRig) answer(operation string, fields map[string]any) awsfake.Answer {
	r.t.Helper()
	body, err := json.Marshal(fields)
	if err != nil {
		r.t.Fatal(err)
	}
	return checker.Check(r.t, "lambda", operation, string(body))
}

// configuration is what Lambda says of a function.
func (r *snapRig) configuration(name string, fields map[string]any) awsfake.Answer {
	r.t.Helper()
	all := map[string]any{"FunctionName": name, "Runtime": "python3.13", "State": "Active", "SnapStart": snapStart("PublishedVersions", "Off"), "PackageType": "Zip"}
	maps.Copy(all, fields)
	return r.answer("GetFunctionConfiguration", all)
}

func snapStart(apply, status string) map[string]any {
	return map[string]any{"ApplyOn": apply, "OptimizationStatus": status}
}

const functions = "/2015-03-31/functions/"

// version says what follows the publication of a version.
func (r *snapRig) version(name string, aliases []string, states ...map[string]any) {
	r.t.Helper()
	answers := []awsfake.Answer{r.configuration(name, nil)}
	for _, state := range states {
		answers = append(answers, r.configuration(name, state))
	}
	r.fake.Answer("GET "+functions+name+"/configuration", answers...)
	r.fake.Answer("POST "+functions+name+"/versions", r.answer("PublishVersion", map[string]any{"FunctionName": name, "Version": "7"}))
	list := []map[string]any{}
	for _, alias := range aliases {
		list = append(list, map[string]any{"Name": alias, "FunctionVersion": "7"})
	}
	r.fake.Answer("GET "+functions+name+"/aliases", r.answer("ListAliases", map[string]any{"Aliases": list}))
}

func TestSnapStart(t *testing.T) {
	t.Parallel()
	others := map[string]struct {
		fields map[string]any
		want   string
	}{
		"Go":     {map[string]any{"Runtime": "provided.al2023"}, "provided.al2023 has no SnapStart: managed runtimes of Java from 11, Python from 3.12 and .NET from 8 have"},
		"Old":    {map[string]any{"Runtime": "python3.11"}, "python3.11 has no SnapStart: managed runtimes of Java from 11, Python from 3.12 and .NET from 8 have"},
		"Node":   {map[string]any{"Runtime": "nodejs22.x"}, "nodejs22.x has no SnapStart: managed runtimes of Java from 11, Python from 3.12 and .NET from 8 have"},
		"Unset":  {map[string]any{"SnapStart": snapStart("None", "Off")}, "its template does not ask for it: SnapStart.ApplyOn is not PublishedVersions"},
		"Large":  {map[string]any{"EphemeralStorage": map[string]any{"Size": 1024}}, "functions with more than 512 MB of ephemeral storage have no SnapStart"},
		"Shared": {map[string]any{"FileSystemConfigs": []map[string]any{{"Arn": "a", "LocalMountPath": "/mnt/a"}}}, "functions with a file system of EFS have no SnapStart"},
		"Image":  {map[string]any{"PackageType": "Image"}, "container images have no SnapStart"},
		"Java":   {map[string]any{"Runtime": "java8.al2"}, "java8.al2 has no SnapStart: managed runtimes of Java from 11, Python from 3.12 and .NET from 8 have"},
	}
	names := []string{"Called", "Alone"}
	for name := range others {
		names = append(names, name)
	}
	r := newSnapRig(t, names...)
	for name, o := range others {
		r.fake.Answer("GET "+functions+name+"/configuration", r.configuration(name, o.fields))
	}
	pending := map[string]any{"State": "Pending", "Runtime": "dotnet8"}
	on := map[string]any{"SnapStart": snapStart("PublishedVersions", "On")}
	r.version("Called", []string{"live"}, pending, pending, nil, on)
	r.version("Alone", nil, on)
	got, err := r.deployer().EnableSnapStart(t.Context(), "pictures")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]deploy.Snapshot{}
	for _, s := range got {
		found[s.Function] = s
	}
	want := map[string]deploy.Snapshot{
		"Called": {Function: "Called", Version: "7"},
		"Alone":  {Function: "Alone", Version: "7", Reason: "no alias points to the version: calls without a version do not use its snapshot"},
	}
	for name, o := range others {
		want[name] = deploy.Snapshot{Function: name, Reason: o.want}
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error(diff)
	}
	r.said(t, "stack pictures: update", "function Called: version 7, waiting for its snapshot")
	published := 0
	for _, call := range r.fake.Calls() {
		if strings.HasSuffix(call.Name, "/versions") {
			published++
		}
	}
	if published != 2 {
		t.Errorf("%d versions were published", published)
	}
	// On, the parameter is not changed again.
	if _, err := r.deployer().EnableSnapStart(t.Context(), "pictures"); err != nil || strings.Contains(r.progress.String(), "update") {
		t.Errorf("%v %s", err, r.progress.String())
	}
}

func TestSnapStartFails(t *testing.T) {
	t.Parallel()
	on := map[string]any{"SnapStart": snapStart("PublishedVersions", "On")}
	for name, c := range map[string]struct {
		prepare func(*snapRig)
		want    string
	}{
		"no snapshot": {func(r *snapRig) {
			r.version("One", nil, map[string]any{"State": "Failed", "StateReason": "the handler raised", "StateReasonCode": "FunctionError.InitTimeout"})
		}, "function One: version 7: its snapshot failed (FunctionError.InitTimeout): the handler raised"},
		"version from before": {func(r *snapRig) {
			r.version("One", nil, map[string]any{"SnapStart": snapStart("None", "Off")})
		}, "it was published before SnapStart was on"},
		"forgotten": {func(r *snapRig) {
			r.version("One", nil, map[string]any{"State": "Inactive", "SnapStart": snapStart("PublishedVersions", "Off")})
		}, "version 7: Lambda took its snapshot away, as nobody had called it for two weeks: call it once"},
		"never on": {func(r *snapRig) {
			r.version("One", nil, map[string]any{})
		}, "version 7: not finished when the wait ended"},
		"not published": {func(r *snapRig) {
			r.version("One", nil, on)
			r.fake.Fail("POST "+functions, awsfake.Answer{Status: http.StatusForbidden, Type: "AccessDeniedException", Body: `{"message": "no"}`})
		}, "function One: Lambda PublishVersion: AccessDeniedException: no"},
		"not described": {func(r *snapRig) {
			r.fake.Answer("GET "+functions+"One/configuration", awsfake.Answer{Status: http.StatusForbidden, Type: "AccessDeniedException", Body: `{"message": "no"}`})
		}, "Lambda GetFunctionConfiguration: AccessDeniedException"},
		"aliases": {func(r *snapRig) {
			r.version("One", nil, on)
			r.fake.Fail("GET "+functions+"One/aliases", awsfake.Answer{Status: http.StatusForbidden, Type: "AccessDeniedException", Body: `{"message": "no"}`})
		}, "Lambda ListAliases: AccessDeniedException"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSnapRig(t, "One")
			c.prepare(r)
			d := deploy.New(deploy.Options{AWS: r.config, Progress: &r.progress, Poll: time.Millisecond, Patience: time.Second})
			if _, err := d.EnableSnapStart(t.Context(), "pictures"); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
	r := newSnapRig(t)
	if _, err := r.deployer().EnableSnapStart(t.Context(), "none"); err == nil || stacks.Code(err) != "" || !strings.Contains(err.Error(), "there is none in eu-west-1") {
		t.Error(err)
	}
}
