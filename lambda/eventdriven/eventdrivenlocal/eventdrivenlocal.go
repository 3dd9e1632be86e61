// Package eventdrivenlocal describes the event-driven use case for the local stack.
package eventdrivenlocal

import (
	"crypto/md5" // the ETag of S3
	"encoding/hex"
	"fmt"

	"github.com/fsxns3ap/guardhook/lambda/eventdriven"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/local"
)

// UseCase returns the description.
func UseCase() local.UseCase {
	return local.UseCase{
		Name: "event-driven", Package: "lambda/eventdriven", Functions: eventdriven.Functions(), Machine: "Workflow",
		Parameters: map[string]string{"CodeBucket": "code", "CodeKey": "eventdriven-arm64.zip", "KeyArn": local.KeyArn},
		AllOn:      map[string]string{"EnableEventDriven": "true"},
		Answers: []local.Answer{
			{
				Service: "rekognition", Operation: "DetectLabels", Call: "RekognitionService.DetectLabels",
				Body: `{"Labels": [{"Name": "Shirt", "Confidence": 98.5}, {"Name": "Sleeve", "Confidence": 71.25}]}`,
			},
			{
				Service: "bedrock-runtime", Operation: "Converse", Call: "POST /model/*/converse",
				Body: awsfake.ConverseAnswer("end_turn", `{"category": "Tops", "color": "Red", "material": "Cotton", "style": ["casual"], "tags": ["shirt"]}`),
			},
		},
		Seed:  seed,
		Input: func(*local.World) any { return Event(0) },
	}
}

// Source is the bucket of pictures.
const Source = "event-driven-source"

// Key is the key of a picture.
func Key(i int) string { return fmt.Sprintf("products/%06d.jpg", i) }

// picture begins as a JPEG does; nobody here looks further.
func picture(i int) []byte { return fmt.Appendf([]byte("\xff\xd8\xff\xe0"), "picture %d", i) }

func seed(w *local.World, objects int) error {
	for i := range objects {
		w.Put(Source, Key(i), picture(i))
	}
	return nil
}

// Event is what EventBridge tells of a picture.
func Event(i int) map[string]any {
	sum := md5.Sum(picture(i))
	return map[string]any{
		"version": "0", "id": "17793124-05d4-b198-2fde-7ededc63b103", "detail-type": "Object Created", "source": "aws.s3",
		"time": "2026-11-01T12:00:00Z", "region": "eu-west-1",
		"detail": map[string]any{
			"bucket": map[string]any{"name": Source}, "reason": "PutObject",
			"object": map[string]any{
				"key": Key(i), "size": len(picture(i)), "etag": hex.EncodeToString(sum[:]), "sequencer": fmt.Sprintf("0055AED6DCD9%06X", i+1),
			},
		},
	}
}
