package guardhook.lib.sagemaker_test

import data.guardhook.lib.sagemaker

test_local_storage if {
	every family in [
		"c5d", "m5d", "r5d", "m6id", "m6idn", "c6gd", "r7gd", "c5ad", "x2idn", "z1d", "i3en", "i4i", "d3en",
		"g4dn", "g4ad", "g5", "g6", "g6e", "g7e", "gr6", "gr6f", "p3dn", "p4d", "p4de", "p5", "p5e", "p5en", "p6-b200",
		"trn1", "trn1n", "trn2", "dl1",
	] {
		sagemaker.local_storage(sprintf("ml.%s.xlarge", [family]))
	}
}

test_no_local_storage if {
	every family in [
		"t2", "t3", "m4", "m5", "m5n", "m6g", "m7i", "c4", "c5", "c5n", "c6i", "c7i-flex", "r5", "r7i", "p2", "p3",
		"g5g", "inf1", "inf2", "trn3", "geospatial",
	] {
		not sagemaker.local_storage(sprintf("ml.%s.xlarge", [family]))
	}
}

test_no_instance_type if {
	every text in ["", "${InstanceType}", "g5.xlarge", "ml.g5", "xml.g5.xlarge"] {
		not sagemaker.local_storage(text)
	}
}
