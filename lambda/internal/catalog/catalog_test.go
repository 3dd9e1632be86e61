package catalog_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/bedrock"
	"github.com/fsxns3ap/guardhook/lambda/internal/catalog"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// checker is started once.
var checker *awsfake.Checker

func TestMain(m *testing.M) {
	checker = awsfake.Must(awsfake.StartChecker())
	os.Exit(m.Run())
}

func open(s *awsfake.Server) *catalog.Catalog {
	return &catalog.Catalog{
		Rekognition: rekognition.NewFromConfig(s.Config()), Threshold: 70,
		Model: bedrock.Model{API: bedrockruntime.NewFromConfig(s.Config()), ID: "m"},
	}
}

var jpeg = []byte("\xff\xd8\xff\xe0 a picture")

const detect = "RekognitionService.DetectLabels"

func TestTag(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]catalog.Tags{
		`{"Labels": [{"Name": "Shirt", "Confidence": 98.7654}, {"Name": "Red", "Confidence": 60}]}`: {
			Status: catalog.Success, MaxConfidence: 98.77, Labels: []catalog.Label{{Name: "Shirt", Confidence: 98.77}, {Name: "Red", Confidence: 60}},
		},
		`{"Labels": [{"Name": "Shirt", "Confidence": 70}]}`: {
			Status: catalog.Success, MaxConfidence: 70, Labels: []catalog.Label{{Name: "Shirt", Confidence: 70}},
		},
		`{"Labels": [{"Name": "Shirt", "Confidence": 69.99}]}`: {
			Status: catalog.ManualReview, MaxConfidence: 69.99, Labels: []catalog.Label{{Name: "Shirt", Confidence: 69.99}},
		},
		`{"Labels": []}`: {Status: catalog.ManualReview, Labels: []catalog.Label{}},
	} {
		s := awsfake.New(t)
		s.Answer(detect, checker.Check(t, "rekognition", "DetectLabels", body))
		want.Threshold = 70
		got, err := open(s).Tag(t.Context(), jpeg)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", body, err, diff)
		}
		var request struct {
			Image     struct{ Bytes []byte }
			MaxLabels int
		}
		if err := json.Unmarshal(s.Calls()[0].Body, &request); err != nil || string(request.Image.Bytes) != string(jpeg) || request.MaxLabels != 20 {
			t.Errorf("%+v, %v", request, err)
		}
	}
}

func TestTagFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		picture string
		code    string
		want    failure.Kind
	}{
		"webp":      {"RIFF....WEBP", "", failure.InvalidInput},
		"empty":     {"", "", failure.InvalidInput},
		"large":     {"\x89PNG\r\n\x1a\n" + strings.Repeat("x", catalog.MaxImage), "", failure.TooLarge},
		"damaged":   {string(jpeg), "InvalidImageFormatException", failure.InvalidInput},
		"throttled": {string(jpeg), "ProvisionedThroughputExceededException", failure.Throttled},
		"denied":    {string(jpeg), "AccessDeniedException", failure.AccessDenied},
	} {
		s := awsfake.New(t)
		s.Answer(detect, awsfake.Answer{Status: 400, Body: `{"__type": "` + c.code + `", "Message": "x"}`})
		if _, err := open(s).Tag(t.Context(), []byte(c.picture)); failure.Of(err) != c.want || (len(s.Calls()) > 0) != (c.code != "") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var labels = []catalog.Label{{Name: "Shirt", Confidence: 98.77}, {Name: "Red", Confidence: 60}}

func TestDescribe(t *testing.T) {
	t.Parallel()
	fallback := catalog.Entry{
		Category: "Uncategorized", Color: "Unknown", Material: "Unknown", Style: []string{}, Tags: []string{"Shirt", "Red"},
		Source: catalog.FromLabels, Model: "m",
	}
	partial := fallback
	partial.Color, partial.Source = "Red", catalog.FromModel
	whole := catalog.Entry{
		Category: "Clothing > Shirts", Color: "Red", Material: "Cotton", Style: []string{"plain"}, Tags: []string{"summer"},
		Source: catalog.FromModel, Model: "m",
	}
	const text = "```json\n" + `{"product_category": "Clothing > Shirts", "color": "Red", "material": "Cotton", "style_attributes": ["plain"], ` +
		`"suggested_tags": ["summer"], "source": "planted", "model_id": "planted"}` + "\n```"
	for name, c := range map[string]struct {
		stop, text string
		want       catalog.Entry
	}{
		"whole":    {"end_turn", text, whole},
		"partial":  {"end_turn", `{"color": "Red"}`, partial},
		"no JSON":  {"end_turn", "A red shirt.", fallback},
		"other":    {"end_turn", `{"color": ["Red"]}`, fallback},
		"cut":      {"max_tokens", text, fallback},
		"withheld": {"content_filtered", "Sorry.", fallback},
	} {
		s := awsfake.New(t)
		s.Answer("POST /model/m/converse", checker.Check(t, "bedrock-runtime", "Converse", awsfake.ConverseAnswer(c.stop, c.text)))
		got, err := open(s).Describe(t.Context(), `p/a".jpg`, labels)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
		if body := string(s.Calls()[0].Body); !strings.Contains(body, `\"Shirt\"`) {
			t.Errorf("%s", body)
		}
	}
}

func TestDescribeFails(t *testing.T) {
	t.Parallel()
	for kind, code := range map[failure.Kind]string{
		failure.Throttled: "ThrottlingException", failure.AccessDenied: "AccessDeniedException", failure.InvalidInput: "ValidationException",
	} {
		s := awsfake.New(t)
		s.Answer("POST /model/m/converse", awsfake.Answer{Status: 400, Type: code, Body: `{"message": "x"}`})
		if _, err := open(s).Describe(t.Context(), "k", labels); failure.Of(err) != kind {
			t.Errorf("%s: %v", code, err)
		}
	}
}
