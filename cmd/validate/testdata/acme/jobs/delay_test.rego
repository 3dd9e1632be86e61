package guardhook.jobs.delay_test

import data.guardhook.jobs.delay

queue(seconds) := {"resource": {"id": "Q", "type": "AWS::SQS::Queue", "properties": {"DelaySeconds": seconds}}}

test_late if count(delay.deny) == 1 with input as queue(61)

test_on_time if count(delay.deny) == 0 with input as queue(60)
