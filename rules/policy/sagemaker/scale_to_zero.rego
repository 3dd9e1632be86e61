# METADATA
# title: Scale to zero is complete
# description: >-
#   An inference component leaves zero copies only by a step policy that an alarm on
#   NoCapacityInvocationFailures starts, since target tracking has nothing to track there. It gets to
#   zero only with a scalable target from zero on and a target tracking policy. With a part missing the
#   endpoint stays down, or never stops costing. The rule looks for the parts in the component's template.
# related_resources:
#   - https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-zero-instances.html
# custom:
#   id: SAGEMAKER_SCALE_TO_ZERO
#   severity: MEDIUM
#   scope: template
#   resource_types:
#     - AWS::SageMaker::EndpointConfig
#     - AWS::SageMaker::Endpoint
#     - AWS::SageMaker::InferenceComponent
#     - AWS::ApplicationAutoScaling::ScalableTarget
#     - AWS::ApplicationAutoScaling::ScalingPolicy
#     - AWS::CloudWatch::Alarm
#   remediation: >-
#     Add a scalable target for inference-component/<name> with MinCapacity 0, a target tracking policy and
#     a step scaling policy for it, and an alarm on NoCapacityInvocationFailures whose action is the step
#     policy.
#   controls:
#     nist-800-53-r5: [CP-10]
package guardhook.sagemaker.scale_to_zero

# Nothing goes to zero, so nothing has to be complete.
relevant if {
	some id
	input.template.resources[id].properties.ProductionVariants[_].ManagedInstanceScaling.MinInstanceCount == 0
}

relevant if {
	some id
	input.template.resources[id].properties.MinCapacity == 0
}

components contains id if {
	some id
	input.template.resources[id].type == "AWS::SageMaker::InferenceComponent"
}

endpoints contains id if {
	some id
	input.template.resources[id].type == "AWS::SageMaker::Endpoint"
}

configurations contains id if {
	some id
	input.template.resources[id].type == "AWS::SageMaker::EndpointConfig"
}

# Instances of the component's variant go to zero.
without_instances contains component if {
	some configuration in configurations
	some i
	input.template.resources[configuration].properties.ProductionVariants[i].ManagedInstanceScaling.MinInstanceCount == 0
	some endpoint in endpoints
	uses(endpoint, configuration)
	some component in components
	on(component, endpoint)
	places(component, configuration, i)
}

on(component, endpoint) if {
	input.template.resources[component].properties.EndpointName in {
		sprintf("${%s}", [endpoint]),
		sprintf("${%s.EndpointName}", [endpoint]),
	}
}

on(component, endpoint) if {
	name := input.template.resources[endpoint].properties.EndpointName
	input.template.resources[component].properties.EndpointName == name
}

uses(endpoint, configuration) if {
	input.template.resources[endpoint].properties.EndpointConfigName in {
		sprintf("${%s}", [configuration]),
		sprintf("${%s.EndpointConfigName}", [configuration]),
	}
}

uses(endpoint, configuration) if {
	name := input.template.resources[configuration].properties.EndpointConfigName
	input.template.resources[endpoint].properties.EndpointConfigName == name
}

# Without VariantName SageMaker places the component in any variant.
places(component, _, _) if not input.template.resources[component].properties.VariantName

places(component, configuration, i) if {
	name := input.template.resources[component].properties.VariantName
	input.template.resources[configuration].properties.ProductionVariants[i].VariantName == name
}

targets contains id if {
	some id
	input.template.resources[id].type == "AWS::ApplicationAutoScaling::ScalableTarget"
	input.template.resources[id].properties.ScalableDimension == "sagemaker:inference-component:DesiredCopyCount"
}

scales(target, component) if {
	name := input.template.resources[component].properties.InferenceComponentName
	input.template.resources[target].properties.ResourceId == concat("/", ["inference-component", name])
}

scales(target, component) if {
	reference := sprintf("inference-component/${%s.InferenceComponentName}", [component])
	input.template.resources[target].properties.ResourceId == reference
}

scaled contains component if {
	some component in components
	some target in targets
	scales(target, component)
}

sleeps contains target if {
	some target in targets
	input.template.resources[target].properties.MinCapacity == 0
}

# The targets that have to be complete: copies go to zero, or should since instances do.
zero contains target if {
	some component in without_instances
	some target in targets
	scales(target, component)
}

zero contains target if {
	some component in components
	some target in sleeps
	scales(target, component)
}

policies[target] contains policy if {
	some target in targets
	some policy
	input.template.resources[policy].type == "AWS::ApplicationAutoScaling::ScalingPolicy"
	of(policy, target)
}

of(policy, target) if {
	input.template.resources[policy].properties.ScalingTargetId in {
		sprintf("${%s}", [target]),
		sprintf("${%s.Id}", [target]),
	}
}

of(policy, target) if {
	input.template.resources[policy].properties.ScalableDimension == "sagemaker:inference-component:DesiredCopyCount"
	input.template.resources[policy].properties.ResourceId == input.template.resources[target].properties.ResourceId
}

tracked contains target if {
	some target, policy
	policies[target][policy]
	input.template.resources[policy].properties.PolicyType == "TargetTrackingScaling"
}

steps[target] contains policy if {
	some target, policy
	policies[target][policy]
	input.template.resources[policy].properties.PolicyType == "StepScaling"
}

woken contains target if {
	some alarm in alarms
	some target, policy, i
	steps[target][policy]
	input.template.resources[alarm].properties.AlarmActions[i] in {
		sprintf("${%s}", [policy]),
		sprintf("${%s.Arn}", [policy]),
	}
}

# Alarms on calls that found no copy to answer them.
alarms contains id if {
	some id
	input.template.resources[id].properties.MetricName == "NoCapacityInvocationFailures"
}

alarms contains id if {
	some id, i
	input.template.resources[id].properties.Metrics[i].MetricStat.Metric.MetricName == "NoCapacityInvocationFailures"
}

deny contains finding if {
	relevant
	some component in without_instances
	not component in scaled
	finding := {
		"resource": component,
		"path": ["InferenceComponentName"],
		"message": "The instances may go to zero, but no scalable target changes the number of copies.",
	}
}

deny contains finding if {
	relevant
	some target in zero
	not target in sleeps
	finding := {
		"resource": target,
		"path": ["MinCapacity"],
		"message": "The instances may go to zero, but the copies on them may not.",
	}
}

deny contains finding if {
	relevant
	some target in zero
	not target in tracked
	finding := {
		"resource": target,
		"path": [],
		"message": "No target tracking policy takes the component's copies to zero.",
	}
}

deny contains finding if {
	relevant
	some target in zero
	not steps[target]
	finding := {
		"resource": target,
		"path": [],
		"message": "No step scaling policy takes the component from zero to its first copy.",
	}
}

deny contains finding if {
	relevant
	some target in zero
	some policy in steps[target]
	not target in woken
	finding := {
		"resource": policy,
		"path": [],
		"message": "No alarm on NoCapacityInvocationFailures starts the step scaling policy.",
	}
}
