# METADATA
# title: Endpoint configuration fits inference components
# description: >-
#   A variant without ModelName hosts inference components, and differs from one that hosts a model: the
#   role is the configuration's, copies replace weights, and instances follow the components' demand.
#   What is wrong here shows when the endpoint or its first component is created.
# related_resources:
#   - https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-zero-instances.html
#   - https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html
# custom:
#   id: SAGEMAKER_COMPONENT_CONFIGURATION
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::SageMaker::EndpointConfig"]
#   remediation: >-
#     For inference components set ExecutionRoleArn on the configuration, and in its variants
#     ManagedInstanceScaling (Status ENABLED) and RoutingConfig, but neither ModelName nor
#     InitialVariantWeight.
package guardhook.sagemaker.component_configuration

import data.guardhook.lib.value

role if value.nonempty(input.resource.properties.ExecutionRoleArn)

# SageMaker refuses an empty name: a variant that has the property hosts a model.
named contains i if {
	some i
	value.is_set(input.resource.properties.ProductionVariants[i].ModelName)
}

scaled contains i if {
	some i
	input.resource.properties.ProductionVariants[i].ManagedInstanceScaling.Status == "ENABLED"
}

routed contains i if {
	some i
	value.nonempty(input.resource.properties.ProductionVariants[i].RoutingConfig.RoutingStrategy)
}

hosts contains i if {
	some i, _ in input.resource.properties.ProductionVariants
	not i in named
}

deny contains finding if {
	count(hosts) > 0
	not role
	finding := {
		"path": ["ExecutionRoleArn"],
		"message": "A configuration for inference components needs an execution role of its own.",
	}
}

# Scaled instances are meant for components.
deny contains finding if {
	some i in (named & scaled)
	finding := {
		"path": ["ProductionVariants", i, "ModelName"],
		"message": "A variant with managed instance scaling hosts inference components, and takes no model.",
	}
}

deny contains finding if {
	some i in hosts
	value.is_set(input.resource.properties.ProductionVariants[i].InitialVariantWeight)
	finding := {
		"path": ["ProductionVariants", i, "InitialVariantWeight"],
		"message": "A variant for inference components takes no weight.",
	}
}

deny contains finding if {
	some i in hosts
	not i in scaled
	finding := {
		"path": ["ProductionVariants", i, "ManagedInstanceScaling", "Status"],
		"message": "The instances of the variant do not follow the demand of its inference components.",
	}
}

deny contains finding if {
	some i in hosts
	not i in routed
	finding := {
		"path": ["ProductionVariants", i, "RoutingConfig", "RoutingStrategy"],
		"message": "The variant does not say how requests are routed to copies of inference components.",
	}
}
