# METADATA
# title: No access key is made by a template
# description: >-
#   An access key lives until somebody deletes it, and its secret leaves the stack through an output or
#   another resource, where it stays. Roles give credentials that end by themselves.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
# custom:
#   id: IAM_ACCESS_KEY
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::IAM::AccessKey"]
#   remediation: >-
#     Let the program take a role: of its instance, task or function, by OpenID Connect, or with IAM Roles
#     Anywhere. Delete the key, or set its Status to Inactive first.
#   controls:
#     nist-800-53-r5: [AC-2, IA-2, IA-5]
#     pci-dss-4: ["8.6.2"]
package guardhook.iam.access_key

deny contains finding if {
	not input.resource.properties.Status == "Inactive"
	finding := {"path": ["Status"], "message": "The template makes an access key that never ends."}
}
