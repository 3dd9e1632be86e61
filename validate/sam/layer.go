package sam

import "strings"

var layerPassed = []string{"Description", "CompatibleArchitectures", "CompatibleRuntimes", "LicenseInfo"}

var layerKnown = names(`LayerName PublishLambdaVersion ContentUri RetentionPolicy ` + strings.Join(layerPassed, " "))

// layerVersion expands AWS::Serverless::LayerVersion. Its logical id ends in a
// hash over its properties, which is left out when the content is a local path.
func (s *source) layerVersion() {
	s.known(s.props, "", layerKnown)
	props := s.pass(layerPassed...)
	props["LayerName"] = s.get("LayerName")
	if !s.get("LayerName").truthy() {
		props["LayerName"] = s.res.ID
	}
	layer := s.primary("AWS::Lambda::LayerVersion", props)
	if layer.deletion == nil {
		layer.deletion = build(s.res.Pos, "Retain")
	}
	if p := s.get("RetentionPolicy"); p.truthy() {
		policy, ok := s.value(p)
		option := map[string]string{"retain": "Retain", "delete": "Delete"}[strings.ToLower(policy)]
		if !ok || option == "" {
			s.gap(p.at, "RetentionPolicy is neither Retain nor Delete")
		} else {
			layer.deletion = build(p.at, option)
		}
	}
	layer.metadata = nil
	content := s3Location(s.get("ContentUri"), "S3Bucket", "S3Key", "S3ObjectVersion")
	if len(content) == 0 {
		return
	}
	props["Content"] = content
	layer.id += s.layerHash()
	s.refs[reference{s.res.ID, ""}] = layer.id
}

// layerHash is the hash over the whole resource.
func (s *source) layerHash() string {
	resource := object{"Type": s.res.Type, "Properties": s.props}
	if s.res.Condition != "" {
		resource["Condition"] = s.res.Condition
	}
	return s.hashOf(object{s.res.ID: resource})
}
