package guardhook.lib.function_test

import data.guardhook.lib.function

test_names[text] if {
	some text in ["${Worker}", "${Worker.Arn}", "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:${Worker}"]
	function.names(text, "Worker")
}

test_does_not_name[text] if {
	some text in ["", "Worker", "${WorkerTwo}", "${Worker.Version}", "${OtherWorker}"]
	not function.names(text, "Worker")
}

test_called[text] if {
	some text in ["worker", "arn:aws:lambda:eu-west-1:111122223333:function:worker"]
	function.called(text, "worker")
}

test_not_called[text] if {
	some text in ["", "worker2", "co-worker", "arn:aws:lambda:eu-west-1:111122223333:function:co-worker"]
	not function.called(text, "worker")
}
