# METADATA
# title: Alarm on missing capacity sees the first request
# description: >-
#   NoCapacityInvocationFailures counts the requests that found no copy of an inference component, and
#   wakes it from zero. An alarm that needs more than one such request, or watches another place, leaves
#   the component asleep.
# related_resources:
#   - https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-zero-instances.html
# custom:
#   id: SAGEMAKER_NO_CAPACITY_ALARM
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::CloudWatch::Alarm"]
#   remediation: >-
#     Use the namespace AWS/SageMaker, the dimension InferenceComponentName, GreaterThanOrEqualToThreshold
#     and the threshold 1.
#   controls:
#     nist-800-53-r5: [CP-10]
#   witnesses: [NoCapacityInvocationFailures]
package guardhook.sagemaker.no_capacity_alarm

watches if input.resource.properties.MetricName == "NoCapacityInvocationFailures"

fires if {
	input.resource.properties.ComparisonOperator == "GreaterThanOrEqualToThreshold"
	input.resource.properties.Threshold <= 1
}

fires if {
	input.resource.properties.ComparisonOperator == "GreaterThanThreshold"
	input.resource.properties.Threshold < 1
}

component if {
	some i
	input.resource.properties.Dimensions[i].Name == "InferenceComponentName"
}

deny contains finding if {
	watches
	not fires
	finding := {
		"path": ["ComparisonOperator"],
		"message": "One request without capacity does not raise the alarm.",
	}
}

deny contains finding if {
	watches
	not input.resource.properties.Namespace == "AWS/SageMaker"
	finding := {
		"path": ["Namespace"],
		"message": "The metric NoCapacityInvocationFailures is in the namespace AWS/SageMaker.",
	}
}

deny contains finding if {
	watches
	not component
	finding := {
		"path": ["Dimensions"],
		"message": "The alarm names no inference component.",
	}
}
