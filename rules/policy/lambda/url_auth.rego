# METADATA
# title: Lambda function URL requires authentication
# description: >-
#   A function URL with AuthType NONE can be invoked by anyone on the internet who knows it.
# related_resources:
#   - https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
# custom:
#   id: LAMBDA_URL_AUTH
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::Lambda::Url"]
#   remediation: Set AuthType to AWS_IAM, and put a public endpoint behind API Gateway or CloudFront.
#   controls: {nist-800-53-r5: [AC-3, IA-2]}
package guardhook.lambda.url_auth

deny contains finding if {
	not input.resource.properties.AuthType == "AWS_IAM"
	finding := {
		"path": ["AuthType"],
		"message": "The function URL can be invoked without authentication.",
	}
}
