package sam

var tableKnown = names(`PointInTimeRecoverySpecification PrimaryKey ProvisionedThroughput TableName Tags SSESpecification`)

// simpleTable expands AWS::Serverless::SimpleTable.
func (s *source) simpleTable() {
	s.known(s.props, "", tableKnown)
	key := object{"AttributeName": "id", "AttributeType": "S"}
	if p := s.get("PrimaryKey"); p.truthy() {
		attribute := p.get("Type")
		kind, ok := map[string]string{"String": "S", "Number": "N", "Binary": "B"}[attribute.text()]
		if !ok {
			s.gap(p.at, "the type of PrimaryKey is not String, Number or Binary")
		}
		key = object{"AttributeName": p.get("Name")}
		if ok {
			key["AttributeType"] = prop{attribute.at, build(attribute.at, kind)}
		}
	}
	props := object{
		"AttributeDefinitions": list{key},
		"KeySchema":            list{object{"AttributeName": key["AttributeName"], "KeyType": "HASH"}},
		"Tags":                 s.tagged(nil),
	}
	for _, name := range []string{"PointInTimeRecoverySpecification", "ProvisionedThroughput", "SSESpecification", "TableName"} {
		props[name] = s.get(name).orAbsent()
	}
	if !s.get("ProvisionedThroughput").truthy() {
		props["BillingMode"] = "PAY_PER_REQUEST"
	}
	s.primary("AWS::DynamoDB::Table", props)
}
