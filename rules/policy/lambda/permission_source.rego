# METADATA
# title: Lambda permission of a service names its source
# description: >-
#   A permission for a service alone lets the service invoke the function on behalf of any AWS
#   account: somebody else's bucket, topic or API becomes a caller.
# related_resources:
#   - https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
# custom:
#   id: LAMBDA_PERMISSION_SOURCE
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::Lambda::Permission"]
#   remediation: Set SourceArn to the resource that invokes the function, or SourceAccount to its account.
#   controls: {nist-800-53-r5: [AC-3, AC-6]}
#   witnesses: ["s3.amazonaws.com", "*", "arn:aws:s3:::*"]
package guardhook.lambda.permission_source

import data.guardhook.lib.iam

deny contains finding if {
	service_principal
	not source_named
	finding := {
		"path": [place],
		"message": "The service may invoke the function on behalf of any AWS account.",
	}
}

# Also the domains of the isolated partitions.
service_principal if {
	regex.match(
		`\.(amazonaws\.(com(\.cn)?|eu)|amazon\.com|(c2s|csp\.hci)\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|\$\{AWS::URLSuffix\})$`,
		input.resource.properties.Principal,
	)
}

source_named if iam.closed(input.resource.properties.SourceArn)

source_named if iam.closed(input.resource.properties.SourceAccount)

source_named if iam.closed(input.resource.properties.PrincipalOrgID)

source_named if iam.closed(input.resource.properties.EventSourceToken)

default place := "SourceArn"

# An open value that is set is the mistake.
place := "SourceAccount" if {
	input.resource.properties.SourceAccount
	not input.resource.properties.SourceArn
}
