package guardhook.sagemaker.scale_to_zero_test

import data.guardhook.sagemaker.scale_to_zero as rule

configuration(properties) := {"type": "AWS::SageMaker::EndpointConfig", "properties": properties}

variants(minimum) := {"ProductionVariants": [
	{"VariantName": "other", "ManagedInstanceScaling": {"MinInstanceCount": 1}},
	{"VariantName": "main", "ManagedInstanceScaling": {"MinInstanceCount": minimum}},
]}

endpoint(properties) := {"type": "AWS::SageMaker::Endpoint", "properties": properties}

component(name, endpoint_name) := {"type": "AWS::SageMaker::InferenceComponent", "properties": {
	"InferenceComponentName": name,
	"EndpointName": endpoint_name,
	"VariantName": "main",
}}

target(id, minimum) := {"type": "AWS::ApplicationAutoScaling::ScalableTarget", "properties": {
	"ResourceId": id,
	"ScalableDimension": "sagemaker:inference-component:DesiredCopyCount",
	"MinCapacity": minimum,
}}

policy(properties) := {"type": "AWS::ApplicationAutoScaling::ScalingPolicy", "properties": properties}

alarm(properties) := {"type": "AWS::CloudWatch::Alarm", "properties": properties}

complete := {
	"Configuration": configuration(variants(0)),
	"Endpoint": endpoint({"EndpointConfigName": "${Configuration.EndpointConfigName}"}),
	"Component": component("${AWS::StackName}-ic", "${Endpoint.EndpointName}"),
	"Target": target("inference-component/${AWS::StackName}-ic", 0),
	"Tracking": policy({"PolicyType": "TargetTrackingScaling", "ScalingTargetId": "${Target}"}),
	"Step": policy({"PolicyType": "StepScaling", "ScalingTargetId": "${Target}"}),
	"Alarm": alarm({"MetricName": "NoCapacityInvocationFailures", "AlarmActions": ["${Topic}", "${Step}"]}),
}

with_changes(changes) := {"template": {"resources": object.union(complete, changes)}}

without(ids) := {"template": {"resources": object.remove(complete, ids)}}

no_target := {
	"resource": "Component",
	"path": ["InferenceComponentName"],
	"message": "The instances may go to zero, but no scalable target changes the number of copies.",
}

no_tracking := {
	"resource": "Target",
	"path": [],
	"message": "No target tracking policy takes the component's copies to zero.",
}

no_step := {
	"resource": "Target",
	"path": [],
	"message": "No step scaling policy takes the component from zero to its first copy.",
}

no_alarm := {
	"resource": "Step",
	"path": [],
	"message": "No alarm on NoCapacityInvocationFailures starts the step scaling policy.",
}

awake := {
	"resource": "Target",
	"path": ["MinCapacity"],
	"message": "The instances may go to zero, but the copies on them may not.",
}

test_complete[name] if {
	some name, changes in {
		"as it is": {},
		"names": {
			"Configuration": configuration(object.union(variants(0), {"EndpointConfigName": "c"})),
			"Endpoint": endpoint({"EndpointName": "e", "EndpointConfigName": "c"}),
			"Component": component("${AWS::StackName}-ic", "e"),
		},
		"references": {
			"Endpoint": endpoint({"EndpointConfigName": "${Configuration}"}),
			"Component": component("generated", "${Endpoint}"),
			"Target": target("inference-component/${Component.InferenceComponentName}", 0),
			"Tracking": policy({"PolicyType": "TargetTrackingScaling", "ScalingTargetId": "${Target.Id}"}),
			"Alarm": alarm({"MetricName": "NoCapacityInvocationFailures", "AlarmActions": ["${Step.Arn}"]}),
		},
		"policy with the target's resource": {"Step": {
			"type": "AWS::ApplicationAutoScaling::ScalingPolicy",
			"properties": {
				"PolicyType": "StepScaling",
				"ScalingTargetId": null,
				"ResourceId": "inference-component/${AWS::StackName}-ic",
				"ScalableDimension": "sagemaker:inference-component:DesiredCopyCount",
			},
		}},
		"metric in a query": {"Alarm": alarm({
			"MetricName": null,
			"Metrics": [{"MetricStat": {"Metric": {"MetricName": "NoCapacityInvocationFailures"}}}],
		})},
	}
	rule.deny == set() with input as with_changes(changes)
}

awake_template := {
	"Configuration": configuration(variants(1)),
	"Endpoint": endpoint({"EndpointConfigName": "${Configuration.EndpointConfigName}"}),
	"Component": component("${AWS::StackName}-ic", "${Endpoint.EndpointName}"),
}

test_nothing_goes_to_zero if {
	rule.deny == set() with input as {"template": {"resources": {}}}
	rule.deny == set() with input as {"template": {"resources": awake_template}}
	scaled := object.union(awake_template, {"Target": target("inference-component/${AWS::StackName}-ic", 1)})
	rule.deny == set() with input as {"template": {"resources": scaled}}
}

test_no_target if {
	rule.deny == {no_target} with input as without(["Target", "Tracking", "Step", "Alarm"])
	rule.deny == {no_target} with input as without(["Target"])
	rule.deny == {no_target} with input as with_changes({"Target": target("inference-component/other", 0)})
	other := {"ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}
	rule.deny == {no_target} with input as with_changes({"Target": {"properties": other}})
}

test_awake if {
	rule.deny == {awake} with input as with_changes({"Target": target("inference-component/${AWS::StackName}-ic", 1)})
}

test_no_tracking if {
	rule.deny == {no_tracking} with input as without(["Tracking"])
}

test_no_step if {
	rule.deny == {no_step} with input as without(["Step"])
	rule.deny == {no_step, no_tracking} with input as without(["Step", "Tracking", "Alarm"])
}

test_no_alarm[name] if {
	some name, change in {
		"other metric": {"MetricName": "Invocations"},
		"other action": {"AlarmActions": ["${Tracking}", "${Topic}"]},
		"no action": {"AlarmActions": []},
	}
	rule.deny == {no_alarm} with input as with_changes({"Alarm": alarm(change)})
}

test_alarm_missing if {
	rule.deny == {no_alarm} with input as without(["Alarm"])
}

# The copies of a component may go to zero on instances that do not.
test_copies_only if {
	rule.deny == {no_alarm} with input as without(["Alarm", "Endpoint"])
	rule.deny == {no_step} with input as without(["Step", "Configuration"])
}

in_variant(properties) := {"template": {"resources": object.union(
	object.remove(complete, ["Component", "Target"]),
	{"Component": {"type": "AWS::SageMaker::InferenceComponent", "properties": properties}},
)}}

test_variants if {
	properties := {"InferenceComponentName": "ic", "EndpointName": "${Endpoint.EndpointName}"}
	rule.deny == {no_target} with input as in_variant(properties)
	rule.deny == set() with input as in_variant(object.union(properties, {"VariantName": "other"}))
}

without_target(changes) := {"template": {"resources": object.remove(object.union(complete, changes), ["Target"])}}

# Resources may be tied by names that the template gives them, and by Ref.
test_tied_by_name if {
	names := {
		"Configuration": configuration(object.union(variants(0), {"EndpointConfigName": "settings"})),
		"Endpoint": endpoint({"EndpointName": "service", "EndpointConfigName": "settings"}),
		"Component": component("${AWS::StackName}-ic", "service"),
	}
	rule.deny == set() with input as with_changes(names)
	rule.deny == {no_target} with input as without_target(names)
}

test_tied_by_other_names if {
	names := {
		"Configuration": configuration(object.union(variants(0), {"EndpointConfigName": "settings"})),
		"Endpoint": endpoint({"EndpointName": "service", "EndpointConfigName": "others"}),
		"Component": component("${AWS::StackName}-ic", "service"),
	}
	rule.deny == set() with input as without_target(names)
}

test_tied_by_ref if {
	refs := {
		"Endpoint": endpoint({"EndpointConfigName": "${Configuration}"}),
		"Component": component("${AWS::StackName}-ic", "${Endpoint}"),
	}
	rule.deny == {no_target} with input as without_target(refs)
}
