package guardhook.sagemaker.job_volume_kms_test

import data.guardhook.sagemaker.job_volume_kms as rule

message := "The volumes of the job are not encrypted with a KMS key of the account."

document(type, properties) := {"resource": {"type": type, "properties": properties}}

processing(cluster) := document(
	"AWS::SageMaker::ProcessingJob",
	{"ProcessingResources": {"ClusterConfig": cluster}},
)

definition(cluster) := document(
	"AWS::SageMaker::DataQualityJobDefinition",
	{"JobResources": {"ClusterConfig": cluster}},
)

schedule(cluster) := document(
	"AWS::SageMaker::MonitoringSchedule",
	{"MonitoringScheduleConfig": {"MonitoringJobDefinition": {"MonitoringResources": {"ClusterConfig": cluster}}}},
)

profile(resources) := {"ProfileName": "p", "TransformJobDefinition": {"TransformResources": resources}}

package_version(profiles) := document(
	"AWS::SageMaker::ModelPackage",
	{"ValidationSpecification": {"ValidationProfiles": profiles}},
)

good := [
	{"InstanceType": "ml.m5.large", "VolumeKmsKeyId": "${Key}"},
	{"InstanceType": "ml.g5.xlarge"},
]

bad := [
	{"InstanceType": "ml.m5.large"},
	{"InstanceType": "ml.m5.large", "VolumeKmsKeyId": ""},
	{"InstanceType": "${InstanceType}"},
]

test_keyed if {
	every cluster in good {
		rule.deny == set() with input as processing(cluster)
		rule.deny == set() with input as definition(cluster)
		rule.deny == set() with input as schedule(cluster)
	}
	rule.deny == set() with input as package_version([profile(resources) | some resources in good])
}

test_processing if {
	every cluster in bad {
		rule.deny == {{
			"path": ["ProcessingResources", "ClusterConfig", "VolumeKmsKeyId"],
			"message": message,
		}} with input as processing(cluster)
	}
}

test_definition if {
	every cluster in bad {
		rule.deny == {{
			"path": ["JobResources", "ClusterConfig", "VolumeKmsKeyId"],
			"message": message,
		}} with input as definition(cluster)
	}
}

test_schedule if {
	every cluster in bad {
		rule.deny == {{
			"path": [
				"MonitoringScheduleConfig",
				"MonitoringJobDefinition",
				"MonitoringResources",
				"ClusterConfig",
				"VolumeKmsKeyId",
			],
			"message": message,
		}} with input as schedule(cluster)
	}
}

test_named_definition if {
	rule.deny == set() with input as document(
		"AWS::SageMaker::MonitoringSchedule",
		{"MonitoringScheduleConfig": {"MonitoringJobDefinitionName": "${Definition}"}},
	)
}

test_package if {
	profiles := [profile(resources) | some resources in array.concat(good, bad)]
	rule.deny == {finding |
		some i in [2, 3, 4]
		finding := {
			"path": [
				"ValidationSpecification",
				"ValidationProfiles",
				i,
				"TransformJobDefinition",
				"TransformResources",
				"VolumeKmsKeyId",
			],
			"message": message,
		}
	} with input as package_version(profiles)
}
