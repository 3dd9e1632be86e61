// Package autostoplocal describes the function that stops endpoints for the local
// stack.
package autostoplocal

import (
	"encoding/json"
	"fmt"

	"github.com/aws/smithy-go/encoding/cbor"

	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/local"
)

// UseCase returns the description. The function runs by itself, not in process.
func UseCase() local.UseCase {
	return local.UseCase{
		Name: "auto-stop", Template: "templates/shared/auto-stop.yaml", Package: "lambda/shared", Handlers: []string{"auto-stop"},
		Parameters: map[string]string{"CodeBucket": "code", "CodeKey": "shared-arm64.zip", "KeyArn": local.KeyArn, "DryRun": "false"},
		Answers: []local.Answer{
			{
				Service: "sagemaker", Operation: "UpdateEndpointWeightsAndCapacities", Call: "SageMaker.UpdateEndpointWeightsAndCapacities",
				Body: `{"EndpointArn": "` + arn + `"}`,
			},
			{Service: "sagemaker", Operation: "DescribeEndpoint", Call: "SageMaker.DescribeEndpoint", Make: endpoint},
		},
		Before: metrics,
		Seed:   seed,
	}
}

const arn = "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/endpoint-0"

// endpoint is one that is old enough to be idle; those of moto are new.
func endpoint(c awsfake.Call) string {
	var in struct{ EndpointName string }
	if err := json.Unmarshal(c.Body, &in); err != nil {
		return "{}" // which is none
	}
	return fmt.Sprintf(`{"EndpointName": %[1]q, "EndpointArn": %[2]q, "EndpointConfigName": %[1]q, "EndpointStatus": "InService",
		"ProductionVariants": [{"VariantName": "all", "CurrentInstanceCount": 2}], "CreationTime": 1760000000, "LastModifiedTime": 1760000000}`, in.EndpointName, arn)
}

// metrics lets CloudWatch, whose protocol is CBOR, answer that nobody called.
func metrics(w *local.World) error {
	body := cbor.Encode(cbor.Map{"MetricDataResults": cbor.List{
		cbor.Map{"Id": cbor.String("variant0"), "Label": cbor.String("all"), "StatusCode": cbor.String("Complete"), "Values": cbor.List{}},
	}})
	w.Respond("POST /service/GraniteServiceVersion20100801/operation/GetMetricData", func(awsfake.Call) awsfake.Answer {
		return awsfake.Answer{Body: string(body), Header: map[string]string{"Content-Type": "application/cbor", "Smithy-Protocol": "rpc-v2-cbor"}}
	})
	return nil
}

// seed makes endpoints of the project, with two instances each.
func seed(w *local.World, objects int) error {
	variant := map[string]any{"VariantName": "all", "ModelName": "model", "InitialInstanceCount": 2, "InstanceType": "ml.m5.large"}
	tags := []any{map[string]any{"Key": "Project", "Value": "fsxn-s3ap"}}
	role := "arn:aws:iam::111122223333:role/model"
	if _, err := w.Make("AWS::SageMaker::Model", map[string]any{"ModelName": "model", "ExecutionRoleArn": role}); err != nil {
		return err
	}
	for i := range objects {
		name := fmt.Sprintf("endpoint-%d", i)
		if _, err := w.Make("AWS::SageMaker::EndpointConfig", map[string]any{"EndpointConfigName": name, "ProductionVariants": []any{variant}}); err != nil {
			return err
		}
		if _, err := w.Make("AWS::SageMaker::Endpoint", map[string]any{"EndpointName": name, "EndpointConfigName": name, "Tags": tags}); err != nil {
			return err
		}
	}
	return nil
}
