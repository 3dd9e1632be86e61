# METADATA
# title: Vaults are retained
# description: A rule of the tests.
# related_resources:
#   - https://example.com/rules/VAULT_POLICY
# custom:
#   id: VAULT_POLICY
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::Backup::BackupVault"]
#   remediation: Set DeletionPolicy.
package guardhook.acme.policy

deny contains finding if {
	not input.resource.deletion_policy == "Retain"
	finding := {"path": [], "message": "The vault is deleted with its stack."}
}
