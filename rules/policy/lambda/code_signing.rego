# METADATA
# title: Lambda code is signed where it is asked for
# description: >-
#   A code signing configuration makes Lambda take only code that a trusted profile signed, if it
#   enforces that. It counts for functions that name it: one that is left out in a template that signs,
#   or where the parameter lambda.require_code_signing is true, takes any code. Images and code that is
#   written in the template cannot be signed.
# related_resources:
#   - https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
# custom:
#   id: LAMBDA_CODE_SIGNING
#   severity: LOW
#   scope: template
#   resource_types: ["AWS::Lambda::Function", "AWS::Lambda::CodeSigningConfig"]
#   remediation: >-
#     Set CodeSigningConfigArn of the function, and CodeSigningPolicies.UntrustedArtifactOnDeployment of
#     the configuration to Enforce.
#   controls:
#     nist-800-53-r5: [CM-14, SI-7, "SI-7(15)"]
package guardhook.lambda.code_signing

import data.guardhook.lib.value

default required := false

required := data.params.lambda.require_code_signing

# Code is asked to be signed.
relevant if required == true

relevant if {
	some id
	input.template.resources[id].type == "AWS::Lambda::CodeSigningConfig"
}

deny contains finding if {
	relevant
	some id
	input.template.resources[id].type == "AWS::Lambda::Function"
	signable(id)
	not signed(id)
	finding := {
		"resource": id,
		"path": ["CodeSigningConfigArn"],
		"message": "The function names no code signing configuration.",
	}
}

deny contains finding if {
	relevant
	some id
	input.template.resources[id].type == "AWS::Lambda::CodeSigningConfig"
	not input.template.resources[id].properties.CodeSigningPolicies.UntrustedArtifactOnDeployment == "Enforce"
	finding := {
		"resource": id,
		"path": ["CodeSigningPolicies", "UntrustedArtifactOnDeployment"],
		"message": "The code signing configuration lets code through that is not signed.",
	}
}

signable(id) if {
	not input.template.resources[id].properties.PackageType == "Image"
	not input.template.resources[id].properties.Code.ZipFile
}

signed(id) if value.nonempty(input.template.resources[id].properties.CodeSigningConfigArn)
