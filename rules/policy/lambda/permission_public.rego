# METADATA
# title: Lambda permission names a principal
# description: >-
#   The principal * lets every AWS account, and for a function URL without authentication everyone,
#   invoke the function or use the layer version. An organization id limits it to an organization.
# related_resources:
#   - https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
#   - https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-organization.html
# custom:
#   id: LAMBDA_PERMISSION_PUBLIC
#   severity: CRITICAL
#   scope: resource
#   resource_types: ["AWS::Lambda::Permission", "AWS::Lambda::LayerVersionPermission"]
#   remediation: >-
#     Set Principal to the account, role or service that needs access, or limit it to the organization
#     with PrincipalOrgID (OrganizationId for a layer version).
#   controls:
#     nist-800-53-r5: [AC-3, AC-6, SC-7]
#     pci-dss-4: ["7.2.1", "7.2.2"]
#     aws-guard-rules-registry:
#       - lambda/lambda_function_public_access_prohibited
#       - lambda/lambda_no_wildcard_principal
#   witnesses: ["*"]
package guardhook.lambda.permission_public

import data.guardhook.lib.iam

deny contains finding if {
	input.resource.properties.Principal == "*"
	not within_organization
	finding := {
		"path": ["Principal"],
		"message": "The permission is given to everyone.",
	}
}

within_organization if iam.closed(input.resource.properties.PrincipalOrgID)

within_organization if iam.closed(input.resource.properties.OrganizationId)
