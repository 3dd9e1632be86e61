package guardhook.public_access.resource_policy_test

import data.guardhook.public_access.resource_policy as rule

resource(type, properties) := {"resource": {"type": type, "properties": properties}}

document(principal) := {"Statement": [{
	"Effect": "Allow",
	"Principal": principal,
	"Action": "*",
	"Resource": "*",
}]}

table_policy(principal) := {"ResourcePolicy": {"PolicyDocument": document(principal)}}

# The resource of every type with a policy for a principal, and the path of the policy.
cases(principal) := {
	"vault": {"path": ["AccessPolicy"], "input": resource(
		"AWS::Backup::BackupVault",
		{"AccessPolicy": document(principal)},
	)},
	"domain": {"path": ["AccessPolicies"], "input": resource(
		"AWS::OpenSearchService::Domain",
		{"AccessPolicies": document(principal)},
	)},
	"artifacts": {"path": ["PermissionsPolicyDocument"], "input": resource(
		"AWS::CodeArtifact::Domain",
		{"PermissionsPolicyDocument": document(principal)},
	)},
	"access point": {"path": ["Policy"], "input": resource(
		"AWS::S3::AccessPoint",
		{"Policy": document(principal)},
	)},
	"table": {"path": ["ResourcePolicy", "PolicyDocument"], "input": resource(
		"AWS::DynamoDB::Table",
		{"ResourcePolicy": {"PolicyDocument": document(principal)}},
	)},
	"stream": {"path": ["ResourcePolicy"], "input": resource(
		"AWS::Kinesis::ResourcePolicy",
		{"ResourcePolicy": document(principal)},
	)},
	"trail": {"path": ["ResourcePolicy"], "input": resource(
		"AWS::CloudTrail::ResourcePolicy",
		{"ResourcePolicy": document(principal)},
	)},
	"stream of a table": {"path": ["StreamSpecification", "ResourcePolicy", "PolicyDocument"], "input": resource(
		"AWS::DynamoDB::Table",
		{"StreamSpecification": table_policy(principal)},
	)},
	"replica": {"path": ["Replicas", 1, "ResourcePolicy", "PolicyDocument"], "input": resource(
		"AWS::DynamoDB::GlobalTable",
		{"Replicas": [{"Region": "eu-west-1"}, table_policy(principal)]},
	)},
	"stream of a replica": {
		"path": ["Replicas", 0, "ReplicaStreamSpecification", "ResourcePolicy", "PolicyDocument"],
		"input": resource(
			"AWS::DynamoDB::GlobalTable",
			{"Replicas": [{"ReplicaStreamSpecification": table_policy(principal)}]},
		),
	},
	"object lambda": {"path": ["PolicyDocument"], "input": resource(
		"AWS::S3ObjectLambda::AccessPointPolicy",
		{"PolicyDocument": document(principal)},
	)},
	"log group": {"path": ["ResourcePolicyDocument"], "input": resource(
		"AWS::Logs::LogGroup",
		{"ResourcePolicyDocument": document(principal)},
	)},
	"warehouse": {"path": ["NamespaceResourcePolicy"], "input": resource(
		"AWS::RedshiftServerless::Namespace",
		{"NamespaceResourcePolicy": document(principal)},
	)},
	"access point of a file system": {"path": ["S3AccessPoint", "Policy"], "input": resource(
		"AWS::FSx::S3AccessPointAttachment",
		{"S3AccessPoint": {"Policy": document(principal)}},
	)},
	"bus": {"path": [], "input": resource(
		"AWS::Events::EventBusPolicy",
		{"StatementId": "all", "Statement": document(principal).Statement[0]},
	)},
}

test_open[name] if {
	some name, case in cases({"AWS": "*"})
	place := [step | some step in ["Statement", 0, "Principal"]; not single(case.path, step)]
	rule.deny == {{
		"path": array.concat(case.path, place),
		"message": "The resource policy allows anyone, with no condition that restricts who.",
	}} with input as case.input
}

# The policy of a bus has no list of statements.
single([], 0)

test_text_of_a_destination if {
	rule.deny == {{
		"path": ["DestinationPolicy"],
		"message": "The resource policy allows anyone, with no condition that restricts who.",
	}} with input as resource("AWS::Logs::Destination", {"DestinationPolicy": json.marshal(document("*"))})
}

test_bus_by_account if {
	rule.deny == {{
		"path": ["Principal"],
		"message": "The resource policy allows anyone, with no condition that restricts who.",
	}} with input as resource("AWS::Events::EventBusPolicy", {"Principal": "*", "Action": "events:PutEvents"})
}

test_bus_named[name] if {
	some name, properties in {
		"account": {"Principal": "111122223333"},
		"organization": {
			"Principal": "*",
			"Condition": {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-abcdefghij"},
		},
	}
	rule.deny == set() with input as resource("AWS::Events::EventBusPolicy", properties)
}

test_properties_of_a_bus_policy_elsewhere if {
	rule.deny == set() with input as resource("AWS::Events::EventBus", {
		"Principal": "*",
		"Statement": document("*").Statement[0],
	})
}

test_named[name] if {
	some name, case in cases({"AWS": "arn:aws:iam::111122223333:root"})
	rule.deny == set() with input as case.input
}

test_property_of_another_type if {
	rule.deny == set() with input as resource("AWS::DynamoDB::Table", {"ResourcePolicy": document("*")})
	rule.deny == set() with input as resource(
		"AWS::DynamoDB::GlobalTable",
		{"StreamSpecification": {"ResourcePolicy": {"PolicyDocument": document("*")}}},
	)
	rule.deny == set() with input as resource(
		"AWS::Kinesis::ResourcePolicy",
		{"ResourcePolicy": {"PolicyDocument": document("*")}},
	)
}

test_no_policy if {
	rule.deny == set() with input as resource("AWS::DynamoDB::Table", {})
}
