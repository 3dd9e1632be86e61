# METADATA
# title: Database is not public
# description: >-
#   A publicly accessible database has an address on the internet. Where PubliclyAccessible is not
#   set, RDS makes an instance, or a Multi-AZ DB cluster, public if its VPC has an internet gateway.
# related_resources:
#   - https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
# custom:
#   id: RDS_PUBLIC
#   severity: CRITICAL
#   scope: resource
#   resource_types:
#     - AWS::Lightsail::Database
#     - AWS::Neptune::DBInstance
#     - AWS::NeptuneGraph::Graph
#     - AWS::RDS::DBCluster
#     - AWS::RDS::DBInstance
#     - AWS::Timestream::InfluxDBInstance
#   remediation: Set PubliclyAccessible (PublicConnectivity of a Neptune graph) to false.
#   controls:
#     nist-800-53-r5: [AC-3, AC-4, AC-6, SC-7]
#     cis-aws-foundations-3: ["2.3.3"]
#     cis-aws-foundations-4: ["2.2.3"]
#     pci-dss-4: ["1.3.1", "1.4.4"]
#     aws-guard-rules-registry: [amazon_rds/rds_instance_public_access_check]
package guardhook.public_access.rds_public

import data.guardhook.lib.value

deny contains finding if {
	input.resource.properties.PubliclyAccessible == true
	finding := {
		"path": ["PubliclyAccessible"],
		"message": "The database is publicly accessible.",
	}
}

deny contains finding if {
	input.resource.type == "AWS::RDS::DBInstance"
	not stated
	finding := {
		"path": ["PubliclyAccessible"],
		"message": "PubliclyAccessible is not set, so the instance is public in a VPC with an internet gateway.",
	}
}

# Only a Multi-AZ DB cluster has instances of its own.
deny contains finding if {
	input.resource.type == "AWS::RDS::DBCluster"
	value.nonempty(input.resource.properties.DBClusterInstanceClass)
	not stated
	finding := {
		"path": ["PubliclyAccessible"],
		"message": "PubliclyAccessible is not set, so the cluster is public in a VPC with an internet gateway.",
	}
}

deny contains finding if {
	input.resource.properties.PublicConnectivity == true
	finding := {
		"path": ["PublicConnectivity"],
		"message": "The graph can be reached over the internet.",
	}
}

stated if is_boolean(input.resource.properties.PubliclyAccessible)
