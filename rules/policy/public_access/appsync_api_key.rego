# METADATA
# title: GraphQL API asks who is calling
# description: >-
#   An API key of AppSync is shipped to every client, and so known to everyone. It identifies nobody.
# related_resources:
#   - https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html
# custom:
#   id: APPSYNC_API_KEY
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::AppSync::GraphQLApi"]
#   remediation: Use AWS_IAM, AMAZON_COGNITO_USER_POOLS, OPENID_CONNECT or AWS_LAMBDA.
#   controls:
#     nist-800-53-r5: [AC-3, AC-6]
#     pci-dss-4: ["7.2.1"]
package guardhook.public_access.appsync_api_key

deny contains finding if {
	input.resource.properties.AuthenticationType == "API_KEY"
	not private
	finding := {
		"path": ["AuthenticationType"],
		"message": "Anyone with the API key of the clients may call the API.",
	}
}

deny contains finding if {
	some i
	input.resource.properties.AdditionalAuthenticationProviders[i].AuthenticationType == "API_KEY"
	not private
	finding := {
		"path": ["AdditionalAuthenticationProviders", i, "AuthenticationType"],
		"message": "Anyone with the API key of the clients may call a part of the API.",
	}
}

private if input.resource.properties.Visibility == "PRIVATE"
