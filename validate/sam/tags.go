package sam

import "github.com/fsxns3ap/guardhook/validate/template"

// taggedTypes are the types of generated resources that can have propagated
// tags, and mapTagged those of them whose tags are a map.
var (
	taggedTypes = names(`AWS::ApiGateway::ApiKey AWS::ApiGateway::DomainName AWS::ApiGateway::RestApi AWS::ApiGateway::Stage
		AWS::ApiGateway::UsagePlan AWS::ApiGatewayV2::DomainName AWS::ApiGatewayV2::Stage AWS::CloudFormation::Stack
		AWS::DynamoDB::Table AWS::IAM::Role AWS::IoT::TopicRule AWS::Lambda::Function AWS::SNS::Topic AWS::SQS::Queue
		AWS::StepFunctions::StateMachine`)
	mapTagged = names(`AWS::ApiGatewayV2::DomainName AWS::ApiGatewayV2::Stage`)
)

// propagates reports whether the tags of the resource are those of what it
// generates.
func (s *source) propagates() bool { return s.get("PropagateTags").truthy() && s.get("Tags").isMap() }

// propagate replaces the tags of generated resources by those of the serverless
// resource.
func (s *source) propagate(generated []*draft) {
	for _, d := range generated {
		if !taggedTypes[d.typ] {
			continue
		}
		switch {
		case s.res.Type == typePrefix+"HttpApi":
			// Its own tags are those of all it generates.
		case mapTagged[d.typ]:
			d.props["Tags"] = s.get("Tags")
		default:
			d.props["Tags"] = s.tagged(nil)
		}
	}
}

// tagList is the resource's tags as a list, the transform's own first.
func (s *source) tagList() any {
	return s.tagged(list{object{"Key": "lambda:createdBy", "Value": "SAM"}})
}

// tagged adds the resource's tags to a list of them.
func (s *source) tagged(tags list) any {
	p := s.get("Tags")
	if !p.present() {
		p.at = s.res.Pos
	}
	return tagItems(tags, p)
}

// tagItems adds a map of tags to a list of them, at the place of the map. It is
// nil when there are none.
func tagItems(tags list, p prop) any {
	p.entries(func(name string, value prop) {
		if value.node.Kind == template.Null {
			value.node = build(value.at, "")
		}
		tags = append(tags, object{"Key": name, "Value": value})
	})
	if len(tags) == 0 {
		return nil
	}
	return placed{at: p.at, items: tags}
}

func (s *source) tagsPos() template.Pos {
	if p := s.get("Tags"); p.present() {
		return p.at
	}
	return s.res.Pos
}

// checkTags records a gap for tags that are not known one by one.
func (s *source) checkTags() {
	if p := s.get("Tags"); p.present() && !p.isMap() {
		s.gap(p.at, "Tags is given by a function")
	}
}
