package autonomousdrivinglocal

import (
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
	"github.com/fsxns3ap/guardhook/lambda/local"
)

// prepare makes what the event of a file refers to.
func prepare(w *local.World, event string) error {
	function, _, _ := strings.Cut(event, ".")
	switch function {
	case "realtime", "components":
		return list(w)
	case "batch":
		w.Respond(CreateJob, Created) // nobody hears of its end
		return nil
	case "callback":
		return waiting(w)
	case "compare":
		return compared(w)
	}
	return prepareData(w, event)
}

// list makes the list of clouds, of all that are there.
func list(w *local.World) error {
	var all []objects.Object
	for o, err := range w.Store(Source).List(w.Context(), "") {
		if err != nil {
			return err
		}
		if !strings.HasSuffix(o.Key, ".mp4") {
			all = append(all, o)
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	w.Put(w.Name("Output"), "runs/"+eventRun+"/clouds.json", text)
	return nil
}

// waiting lets a task wait for the job of the event, and Step Functions take its
// end.
func waiting(w *local.World) error {
	w.Answer("AWSStepFunctions.SendTaskSuccess", awsfake.Answer{Body: "{}"})
	return put(w, "TokenTable", map[string]types.AttributeValue{
		"correlation_id": text("0123456789abcdef0123456789abcdef"), "task_token": text("token"), "transform_job_name": text("ad-0a1b2c3d4e5f-0123456789abcdef0123456789abcdef"),
		"run": text(eventRun), "prefix": text("inference/" + eventRun + "/"), "ttl": number("4102444800"),
	})
}

// compared makes results of both variants, in the window of the event.
func compared(w *local.World) error {
	for sort, variant := range map[string]string{"001793534460000#a": "primary", "001793534461000#b": "primary", "001793534462000#c": "challenger"} {
		if err := put(w, "ABTestTable", map[string]types.AttributeValue{
			"test_id": text(w.Name("RealtimeEndpoint.EndpointName")), "sort_key": text(sort), "variant_name": text(variant), "latency_ms": number("12.5"),
			"is_error": &types.AttributeValueMemberBOOL{Value: false},
		}); err != nil {
			return err
		}
	}
	return nil
}

func put(w *local.World, table string, item map[string]types.AttributeValue) error {
	_, err := dynamodb.NewFromConfig(w.Config()).PutItem(w.Context(), &dynamodb.PutItemInput{TableName: aws.String(w.Name(table)), Item: item})
	return err
}

func text(v string) types.AttributeValue   { return &types.AttributeValueMemberS{Value: v} }
func number(v string) types.AttributeValue { return &types.AttributeValueMemberN{Value: v} }
