package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/fsxns3ap/guardhook/hook"
)

// sample is an event of the load, sent again and again with another token.
type sample struct {
	name string
	// before and after are the event around the token.
	before, after []byte
	want          hook.Status
	// heavy marks what takes longer than a resource: a whole template.
	heavy bool

	mu sync.Mutex
	// reference is the first answer without its token; all others equal it.
	reference []byte
}

// mark is where the token goes.
const mark = "TOKEN"

const stackID = "arn:aws:cloudformation:eu-west-1:111122223333:stack/app/7f0c2a10-0000-11f0-9aaa-0a0a0a0a0a0a"

// object is a JSON object.
type object = map[string]any

// envelope is the event for a target. A managed hook has its function in its
// configuration.
func envelope(point, stack string, managed bool, data object) object {
	e := object{
		"clientRequestToken": mark, "awsAccountId": "111122223333", "stackId": stack, "hookTypeName": "Acme::Policy::Hook",
		"hookTypeVersion": "00000001", "actionInvocationPoint": point, "requestData": data, "requestContext": object{"invocation": 1},
	}
	if managed {
		e["hookModel"] = object{"LambdaFunction": "arn:aws:lambda:eu-west-1:111122223333:function:hook"}
	}
	return e
}

func target(typeName, id string, properties, previous object) object {
	return object{
		"targetName": typeName, "targetType": "RESOURCE", "targetLogicalId": id,
		"targetModel": object{"resourceProperties": properties, "previousResourceProperties": previous},
	}
}

// samples are the events of the load: each kind of target, judged good and bad.
func samples() ([]*sample, error) {
	const create, update = "CREATE_PRE_PROVISION", "UPDATE_PRE_PROVISION"
	blocked := object{"BlockPublicAcls": "true", "BlockPublicPolicy": true, "IgnorePublicAcls": "true", "RestrictPublicBuckets": true}
	bucket := object{"BucketName": "acme-logs", "PublicAccessBlockConfiguration": blocked}
	topic := object{"TopicName": "jobs", "KmsMasterKeyId": "arn:aws:kms:eu-west-1:111122223333:key/0a0a0a0a-0000-4000-8000-000000000000"}
	open := object{
		"GroupDescription":     "Administration",
		"SecurityGroupIngress": []any{object{"IpProtocol": "tcp", "FromPort": "22", "ToPort": 22, "CidrIp": "0.0.0.0/0"}},
	}
	admin := object{"PolicyName": "all", "Roles": []any{"app"}, "PolicyDocument": object{
		"Version": "2012-10-17", "Statement": object{"Effect": "Allow", "Action": "*", "Resource": "*"},
	}}
	template := object{"template": object{"Resources": object{
		"Logs":   object{"Type": "AWS::S3::Bucket", "Properties": bucket},
		"Access": object{"Type": "AWS::EC2::SecurityGroup", "Properties": open},
	}}}
	stack := target("STACK", "app", template, nil)
	stack["targetType"] = "STACK"
	var out []*sample
	for _, s := range []struct {
		name  string
		event object
		want  hook.Status
	}{
		{"group, open", envelope(create, stackID, true, target("AWS::EC2::SecurityGroup", "Access", open, nil)), hook.Failed},
		{"topic", envelope(create, stackID, true, target("AWS::SNS::Topic", "Jobs", topic, nil)), hook.Success},
		{"topic, updated", envelope(update, stackID, false, target("AWS::SNS::Topic", "Jobs", topic, topic)), hook.Success},
		{"topic, Cloud Control", envelope(create, "", true, target("AWS::SNS::Topic", "constructed", topic, nil)), hook.Success},
		{"bucket, bare", envelope(create, stackID, false, target("AWS::S3::Bucket", "Logs", object{}, nil)), hook.Failed},
		{"policy, all allowed", envelope(create, stackID, true, target("AWS::IAM::Policy", "Admin", admin, nil)), hook.Failed},
		{"vault without rules", envelope(create, stackID, true, target("AWS::Backup::BackupVault", "Vault", object{"BackupVaultName": "v"}, nil)), hook.Success},
		{"template", envelope(create, stackID, false, stack), hook.Failed},
	} {
		src, err := json.Marshal(s.event)
		if err != nil {
			return nil, fmt.Errorf("event %q: %w", s.name, err)
		}
		before, after, _ := bytes.Cut(src, []byte(mark))
		out = append(out, &sample{name: s.name, before: before, after: after, want: s.want, heavy: s.name == "template"})
	}
	return out, nil
}

// event returns the event with the token that belongs to a number.
func (s *sample) event(n int64) (event []byte, token string) {
	token = "token-" + strconv.FormatInt(n, 10)
	out := make([]byte, 0, len(s.before)+len(token)+len(s.after))
	out = append(append(append(out, s.before...), token...), s.after...)
	return out, token
}

// check tells what is wrong with an answer: it has to be that of the protocol,
// the expected one, for this event, and the same as every other.
func (s *sample) check(answer []byte, token string) error {
	var r hook.Response
	d := json.NewDecoder(bytes.NewReader(answer))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return fmt.Errorf("%s: malformed response: %w", s.name, err)
	}
	switch {
	case r.Status != s.want, (r.Status == hook.Failed) != (r.ErrorCode != ""):
		return fmt.Errorf("%s: status %s, error code %q, want %s: %s", s.name, r.Status, r.ErrorCode, s.want, r.Message)
	case r.Status == hook.Failed && r.ErrorCode != hook.NonCompliant:
		return fmt.Errorf("%s: error code %s: %s", s.name, r.ErrorCode, r.Message)
	case r.Token != token:
		return fmt.Errorf("%s: the answer is that of another event", s.name)
	case r.Message == "":
		return fmt.Errorf("%s: no message", s.name)
	}
	bare := bytes.Replace(answer, []byte(token), nil, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reference == nil {
		s.reference = bare
	}
	if !bytes.Equal(s.reference, bare) {
		return errors.New(s.name + ": not the answer that the event had before")
	}
	return nil
}
