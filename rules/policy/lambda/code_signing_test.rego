package guardhook.lambda.code_signing_test

import data.guardhook.lambda.code_signing as rule

template(resources) := {"template": {"resources": resources}}

function(properties) := {"type": "AWS::Lambda::Function", "properties": properties}

signing(policies) := {"type": "AWS::Lambda::CodeSigningConfig", "properties": policies}

enforced := signing({"CodeSigningPolicies": {"UntrustedArtifactOnDeployment": "Enforce"}})

zip := {"Code": {"S3Bucket": "code", "S3Key": "import.zip"}}

unsigned := {
	"resource": "Import",
	"path": ["CodeSigningConfigArn"],
	"message": "The function names no code signing configuration.",
}

lenient := {
	"resource": "Signing",
	"path": ["CodeSigningPolicies", "UntrustedArtifactOnDeployment"],
	"message": "The code signing configuration lets code through that is not signed.",
}

test_not_asked if {
	rule.deny == set() with input as template({"Import": function(zip)})
	rule.deny == set() with input as template({"Import": function(zip)}) with data.params as {}
	rule.deny == set() with input as template({"Import": function(zip)})
		with data.params.lambda.require_code_signing as false
}

test_asked_by_parameter if {
	rule.deny == {unsigned} with input as template({"Import": function(zip)})
		with data.params.lambda.require_code_signing as true
}

test_asked_by_template if {
	rule.deny == {unsigned} with input as template({"Import": function(zip), "Signing": enforced})
	empty := object.union(zip, {"CodeSigningConfigArn": ""})
	rule.deny == {unsigned} with input as template({"Import": function(empty), "Signing": enforced})
	rule.deny == {unsigned} with input as template({"Import": function({"PackageType": "Zip"}), "Signing": enforced})
}

test_signed if {
	arn := object.union(zip, {"CodeSigningConfigArn": "${Signing}"})
	rule.deny == set() with input as template({"Import": function(arn), "Signing": enforced})
}

test_cannot_be_signed if {
	image := function({"PackageType": "Image", "Code": {"ImageUri": "${Image}"}})
	inline := function({"Code": {"ZipFile": "exports.handler = async () => 1"}})
	rule.deny == set() with input as template({"Image": image, "Inline": inline, "Signing": enforced})
}

test_lenient[name] if {
	some name, properties in {
		"default": {"AllowedPublishers": {"SigningProfileVersionArns": ["${Profile}"]}},
		"warn": {"CodeSigningPolicies": {"UntrustedArtifactOnDeployment": "Warn"}},
	}
	rule.deny == {lenient} with input as template({"Signing": signing(properties)})
}
