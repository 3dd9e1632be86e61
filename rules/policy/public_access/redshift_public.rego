# METADATA
# title: Redshift is not public
# description: A publicly accessible data warehouse has an address on the internet.
# related_resources:
#   - https://docs.aws.amazon.com/redshift/latest/mgmt/managing-clusters-vpc.html
# custom:
#   id: REDSHIFT_PUBLIC
#   severity: CRITICAL
#   scope: resource
#   resource_types: ["AWS::Redshift::Cluster", "AWS::RedshiftServerless::Workgroup"]
#   remediation: Set PubliclyAccessible to false.
#   controls:
#     nist-800-53-r5: [AC-3, AC-4, AC-6, SC-7]
#     pci-dss-4: ["1.3.1", "1.4.4"]
#     aws-guard-rules-registry: [amazon_redshift/redshift_cluster_public_access_check]
package guardhook.public_access.redshift_public

deny contains finding if {
	input.resource.properties.PubliclyAccessible == true
	finding := {
		"path": ["PubliclyAccessible"],
		"message": "The data warehouse is publicly accessible.",
	}
}
