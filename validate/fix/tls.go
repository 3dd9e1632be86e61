package fix

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// tlsOnlyRule asks for a statement in a bucket's policy, which may have to be
// added as a resource of its own.
const tlsOnlyRule = "S3_TLS_ONLY"

const (
	bucketType = "AWS::S3::Bucket"
	policyType = "AWS::S3::BucketPolicy"
)

// statement denies what comes without TLS; %[1]s is the ARN of the bucket, and
// %[2]s that of its objects.
const statement = `Sid: DenyRequestsWithoutTls
Effect: Deny
Principal: "*"
Action: "s3:*"
Resource:
  - %[1]s
  - %[2]s
Condition:
  Bool:
    aws:SecureTransport: "false"
`

// tlsOnly adds a policy to a bucket that has none, or a statement to a policy.
func tlsOnly(t *template.Template, resource string) ([]edit, error) {
	r := t.Resource(resource)
	switch {
	case r == nil:
		return nil, errors.New("the template does not write the resource out")
	case r.Type == bucketType:
		return newPolicy(t, r)
	}
	return newStatement(t, r)
}

var errWebsite = errors.New("the endpoint of the bucket's website has no TLS")

// newPolicy adds a policy beside a bucket. A bucket can have one policy only, so
// nothing is added where another may be its policy in some deployment.
func newPolicy(t *template.Template, bucket *template.Resource) ([]edit, error) {
	if bucket.Properties.Get("WebsiteConfiguration") != nil {
		return nil, errWebsite
	}
	id := bucket.ID + "TlsPolicy"
	if t.Resource(id) != nil {
		return nil, fmt.Errorf("there is a resource %s", id)
	}
	for _, other := range t.Resources {
		if other.Type == policyType && mayName(t, other.Properties.Get("Bucket"), bucket) {
			return nil, fmt.Errorf("%s may be the policy of the bucket in some deployments", other.ID)
		}
	}
	arn, objects := arnsOf(bucket.ID)
	value := "Type: " + policyType + "\n"
	if bucket.Condition != "" {
		value += "Condition: " + bucket.Condition + "\n"
	}
	value += "Properties:\n  Bucket: !Ref " + bucket.ID + "\n  PolicyDocument:\n    Version: \"2012-10-17\"\n    Statement:\n" +
		item("      ", fmt.Sprintf(statement, arn, objects))
	return []edit{{path: []string{resources, id}, value: value}}, nil
}

// newStatement adds to the policy of a bucket.
func newStatement(t *template.Template, policy *template.Resource) ([]edit, error) {
	named := policy.Properties.Get("Bucket")
	for _, r := range t.Resources {
		if r.Type == bucketType && r.Properties.Get("WebsiteConfiguration") != nil && mayName(t, named, r) {
			return nil, errWebsite
		}
	}
	arn, objects, err := arns(t, named)
	if err != nil {
		return nil, err
	}
	return []edit{{
		path:  []string{resources, policy.ID, properties, "PolicyDocument", "Statement"},
		value: fmt.Sprintf(statement, arn, objects), item: true,
	}}, nil
}

// mayName tells whether the Bucket of a policy can be a bucket of the template.
func mayName(t *template.Template, named *template.Node, bucket *template.Resource) bool {
	switch {
	case named == nil:
		return false
	case named.Kind == template.Call && named.Fn == "Ref" && t.Resource(named.Items[0].Text) != nil:
		return named.Items[0].Text == bucket.ID
	case named.Kind == template.String:
		name := bucket.Properties.Get("BucketName")
		return name != nil && (name.Kind != template.String || name.Text == named.Text)
	}
	return true
}

func arnsOf(bucket string) (arn, objects string) {
	return "!GetAtt " + bucket + ".Arn", `!Sub "${` + bucket + `.Arn}/*"`
}

var bucketName = regexp.MustCompile(`^[a-z0-9.-]+$`)

// arns writes the ARNs of what the Bucket of a policy names.
func arns(t *template.Template, named *template.Node) (arn, objects string, err error) {
	name := ""
	switch {
	case named == nil:
	case named.Kind == template.String && bucketName.MatchString(named.Text):
		name = named.Text
	case named.Kind == template.Call && named.Fn == "Ref":
		id := named.Items[0].Text
		if t.Resource(id) != nil {
			arn, objects = arnsOf(id)
			return arn, objects, nil
		}
		if t.Parameter(id) != nil {
			name = "${" + id + "}"
		}
	}
	if name == "" {
		return "", "", errors.New("the policy's Bucket is neither a reference nor a name")
	}
	arn = "arn:${AWS::Partition}:s3:::" + name
	return `!Sub "` + arn + `"`, `!Sub "` + arn + `/*"`, nil
}
