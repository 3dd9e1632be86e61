# METADATA
# title: CloudTrail records every region
# description: >-
#   A trail for one region misses what happens in the others, where an intruder is noticed last.
# related_resources:
#   - https://docs.aws.amazon.com/awscloudtrail/latest/userguide/receive-cloudtrail-log-files-from-multiple-regions.html
# custom:
#   id: CLOUDTRAIL_ALL_REGIONS
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::CloudTrail::Trail"]
#   remediation: Set IsMultiRegionTrail to true.
#   controls:
#     nist-800-53-r5: [AU-2, AU-3, AU-12]
#     cis-aws-foundations-3: ["3.1"]
#     cis-aws-foundations-4: ["3.1"]
#     pci-dss-4: ["10.2.1"]
#     aws-guard-rules-registry: [cloudtrail/multi_region_cloud_trail_enabled]
package guardhook.logs.cloudtrail_regions

deny contains finding if {
	not input.resource.properties.IsMultiRegionTrail == true
	finding := {
		"path": ["IsMultiRegionTrail"],
		"message": "The trail records one region only.",
	}
}
