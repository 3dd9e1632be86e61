package guardhook.logs.cloudtrail_regions_test

import data.guardhook.logs.cloudtrail_regions as rule

trail(properties) := {"resource": {"type": "AWS::CloudTrail::Trail", "properties": properties}}

test_one_region[name] if {
	some name, properties in {
		"missing": {},
		"false": {"IsMultiRegionTrail": false},
		"text": {"IsMultiRegionTrail": "${All}"},
	}
	rule.deny == {{
		"path": ["IsMultiRegionTrail"],
		"message": "The trail records one region only.",
	}} with input as trail(properties)
}

test_all_regions if {
	rule.deny == set() with input as trail({"IsMultiRegionTrail": true})
}
