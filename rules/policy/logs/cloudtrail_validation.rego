# METADATA
# title: CloudTrail log files are validated
# description: >-
#   Digests of the log files show afterwards whether someone changed or deleted a log file. A trail
#   that does not log at all shows nothing.
# related_resources:
#   - https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
# custom:
#   id: CLOUDTRAIL_LOG_VALIDATION
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::CloudTrail::Trail"]
#   remediation: Set EnableLogFileValidation and IsLogging to true.
#   controls:
#     nist-800-53-r5: [AU-9, SI-7, "SI-7(1)", "SI-7(7)"]
#     cis-aws-foundations-3: ["3.2"]
#     cis-aws-foundations-4: ["3.2"]
#     pci-dss-4: ["10.3.4"]
#     aws-guard-rules-registry: [cloudtrail/cloud_trail_log_file_validation_enabled]
package guardhook.logs.cloudtrail_validation

deny contains finding if {
	not input.resource.properties.EnableLogFileValidation == true
	finding := {
		"path": ["EnableLogFileValidation"],
		"message": "Changes to the trail's log files would not be noticed: their validation is off.",
	}
}

deny contains finding if {
	not input.resource.properties.IsLogging == true
	finding := {
		"path": ["IsLogging"],
		"message": "The trail does not log.",
	}
}
