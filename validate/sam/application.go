package sam

var applicationKnown = names(`Location TemplateUrl Parameters NotificationARNs Tags TimeoutInMinutes`)

// application expands AWS::Serverless::Application: a nested stack.
func (s *source) application() {
	s.known(s.props, "", applicationKnown)
	props := s.pass("Parameters", "NotificationARNs", "TimeoutInMinutes")
	tags := list{object{"Key": "lambda:createdBy", "Value": "SAM"}}
	location := s.get("Location")
	for _, tag := range []struct{ from, name string }{
		{"ApplicationId", "serverlessrepo:applicationId"}, {"SemanticVersion", "serverlessrepo:semanticVersion"},
	} {
		if p := location.get(tag.from); p.present() {
			tags = append(tags, object{"Key": tag.name, "Value": p})
		}
	}
	props["Tags"] = s.tagged(tags)
	if location.text() != "" {
		props["TemplateURL"] = location
	}
	s.primary("AWS::CloudFormation::Stack", props)
}
