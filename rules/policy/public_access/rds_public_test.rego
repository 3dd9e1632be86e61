package guardhook.public_access.rds_public_test

import data.guardhook.public_access.rds_public as rule

instance(properties) := {"resource": {"type": "AWS::RDS::DBInstance", "properties": properties}}

cluster(properties) := {"resource": {"type": "AWS::RDS::DBCluster", "properties": properties}}

public_finding := {"path": ["PubliclyAccessible"], "message": "The database is publicly accessible."}

unstated_finding := {
	"path": ["PubliclyAccessible"],
	"message": "PubliclyAccessible is not set, so the instance is public in a VPC with an internet gateway.",
}

test_public if {
	rule.deny == {public_finding} with input as instance({"PubliclyAccessible": true})
	rule.deny == {public_finding} with input as cluster({"PubliclyAccessible": true})
}

test_private if {
	rule.deny == set() with input as instance({"PubliclyAccessible": false})
	rule.deny == set() with input as cluster({"PubliclyAccessible": false})
}

test_not_set if {
	rule.deny == {unstated_finding} with input as instance({})
	rule.deny == {unstated_finding} with input as instance({"PubliclyAccessible": "${Public}"})
	rule.deny == set() with input as cluster({})
	rule.deny == set() with input as cluster({"DBClusterInstanceClass": ""})
}

test_cluster_with_instances_of_its_own if {
	rule.deny == {{
		"path": ["PubliclyAccessible"],
		"message": "PubliclyAccessible is not set, so the cluster is public in a VPC with an internet gateway.",
	}} with input as cluster({"DBClusterInstanceClass": "db.m6gd.large"})
	rule.deny == set() with input as cluster({"DBClusterInstanceClass": "db.m6gd.large", "PubliclyAccessible": false})
}

test_other_databases[type] if {
	some type in ["AWS::Neptune::DBInstance", "AWS::Lightsail::Database", "AWS::Timestream::InfluxDBInstance"]
	public := {"resource": {"type": type, "properties": {"PubliclyAccessible": true}}}
	rule.deny == {public_finding} with input as public
	silent := {"resource": {"type": type, "properties": {"DBClusterInstanceClass": "db.m6gd.large"}}}
	rule.deny == set() with input as silent
}

test_graph if {
	open := {"resource": {"type": "AWS::NeptuneGraph::Graph", "properties": {"PublicConnectivity": true}}}
	rule.deny == {{
		"path": ["PublicConnectivity"],
		"message": "The graph can be reached over the internet.",
	}} with input as open
	private := {"resource": {"type": "AWS::NeptuneGraph::Graph", "properties": {"PublicConnectivity": false}}}
	rule.deny == set() with input as private
}
