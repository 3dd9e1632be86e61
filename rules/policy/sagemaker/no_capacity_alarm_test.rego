package guardhook.sagemaker.no_capacity_alarm_test

import data.guardhook.sagemaker.no_capacity_alarm as rule

good := {
	"Namespace": "AWS/SageMaker",
	"MetricName": "NoCapacityInvocationFailures",
	"Dimensions": [{"Name": "InferenceComponentName", "Value": "${AWS::StackName}-ic"}],
	"ComparisonOperator": "GreaterThanOrEqualToThreshold",
	"Threshold": 1,
}

alarm(changes) := {"resource": {"type": "AWS::CloudWatch::Alarm", "properties": object.union(good, changes)}}

test_pass[name] if {
	some name, changes in {
		"at least one": {},
		"above zero": {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 0},
		"at least a half": {"Threshold": 0.5},
		"other metric": {"MetricName": "Invocations", "Namespace": "Mine", "Dimensions": [], "Threshold": 5},
	}
	rule.deny == set() with input as alarm(changes)
}

test_late[name] if {
	some name, changes in {
		"above one": {"ComparisonOperator": "GreaterThanThreshold"},
		"at least two": {"Threshold": 2},
		"below": {"ComparisonOperator": "LessThanThreshold"},
		"anomaly": {"ComparisonOperator": "GreaterThanUpperThreshold"},
		"open": {"ComparisonOperator": "${Operator}"},
	}
	rule.deny == {{
		"path": ["ComparisonOperator"],
		"message": "One request without capacity does not raise the alarm.",
	}} with input as alarm(changes)
}

test_no_threshold if {
	rule.deny == {{
		"path": ["ComparisonOperator"],
		"message": "One request without capacity does not raise the alarm.",
	}} with input as {"resource": {"properties": object.remove(good, ["Threshold"])}}
}

test_namespace if {
	finding := {
		"path": ["Namespace"],
		"message": "The metric NoCapacityInvocationFailures is in the namespace AWS/SageMaker.",
	}
	rule.deny == {finding} with input as alarm({"Namespace": "/aws/sagemaker/Endpoints"})
	rule.deny == {finding} with input as {"resource": {"properties": object.remove(good, ["Namespace"])}}
}

test_dimension if {
	every dimensions in [[], [{"Name": "EndpointName", "Value": "e"}]] {
		rule.deny == {{
			"path": ["Dimensions"],
			"message": "The alarm names no inference component.",
		}} with input as alarm({"Dimensions": dimensions})
	}
}
