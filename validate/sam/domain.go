package sam

import (
	"strings"
)

var (
	restDomainKnown = names(`DomainName CertificateArn EndpointConfiguration IpAddressType MutualTlsAuthentication
		SecurityPolicy EndpointAccessMode Policy OwnershipVerificationCertificateArn BasePath NormalizeBasePath Route53`)
	httpDomainKnown = names(`DomainName CertificateArn EndpointConfiguration OwnershipVerificationCertificateArn
		SecurityPolicy MutualTlsAuthentication BasePath Route53`)
	route53Known = names(`HostedZoneId HostedZoneName SeparateRecordSetGroup IpV6 Region SetIdentifier
		EvaluateTargetHealth DistributionDomainName`)
)

// restDomain adds the custom domain of a REST API.
func (s *source) restDomain() {
	p := s.config("Domain")
	if !p.present() {
		return
	}
	if endpoint := p.get("EndpointConfiguration"); endpoint.is("PRIVATE") || endpoint.present() && endpoint.text() == "" {
		s.gap(p.at, "Domain is private, or its EndpointConfiguration is given by a function")
		return
	}
	s.known(p, "Domain.", restDomainKnown)
	endpoint := p.get("EndpointConfiguration").text()
	if endpoint == "" {
		endpoint = "REGIONAL"
	}
	certificate := "CertificateArn"
	if endpoint == "REGIONAL" {
		certificate = "RegionalCertificateArn"
	}
	props := object{
		"DomainName":              p.get("DomainName"),
		certificate:               p.get("CertificateArn"),
		"EndpointConfiguration":   object{"Types": list{endpoint}, "IpAddressType": p.get("IpAddressType").orAbsent()},
		"MutualTlsAuthentication": p.get("MutualTlsAuthentication").orAbsent(),
	}
	for _, name := range []string{"SecurityPolicy", "EndpointAccessMode", "Policy", "OwnershipVerificationCertificateArn"} {
		props[name] = p.get(name).orAbsent()
	}
	domain := s.add("ApiGatewayDomainName"+s.hashOf(p.get("DomainName")), "AWS::ApiGateway::DomainName", p.at, props)
	s.refs[reference{s.res.ID, "DomainName"}] = domain.id
	s.basePaths(p, "BasePathMapping", "AWS::ApiGateway::BasePathMapping", func(base string) object {
		mapping := object{
			"DomainName": ref(p.at, domain.id), "RestApiId": ref(p.at, s.res.ID), "Stage": ref(p.at, s.refs[reference{s.res.ID, "Stage"}]),
		}
		if base != "" && p.get("NormalizeBasePath").is("false") {
			mapping["BasePath"] = base
		} else if base != "" {
			mapping["BasePath"] = letters(base)
		}
		return mapping
	})
	target := object{"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": getAtt(p.at, domain.id, "DistributionDomainName")}
	if own := p.get("Route53").get("DistributionDomainName"); own.present() {
		target["DNSName"] = own
	}
	if endpoint == "REGIONAL" {
		target = regionalAlias(p, domain.id)
	}
	s.records(p, target)
}

func regionalAlias(p prop, domain string) object {
	return object{"HostedZoneId": getAtt(p.at, domain, "RegionalHostedZoneId"), "DNSName": getAtt(p.at, domain, "RegionalDomainName")}
}

// httpDomain adds the custom domain of an HTTP API.
func (s *source) httpDomain(tagged bool) {
	p := s.config("Domain")
	if !p.present() {
		return
	}
	s.known(p, "Domain.", httpDomainKnown)
	props := object{
		"DomainName": p.get("DomainName"),
		"DomainNameConfigurations": list{object{
			"CertificateArn": p.get("CertificateArn"), "EndpointType": "REGIONAL", "SecurityPolicy": p.get("SecurityPolicy").orAbsent(),
			"OwnershipVerificationCertificateArn": p.get("OwnershipVerificationCertificateArn").orAbsent(),
		}},
		"MutualTlsAuthentication": p.get("MutualTlsAuthentication").orAbsent(),
	}
	if tagged {
		props["Tags"] = s.httpTags()
	}
	domain := s.add("ApiGatewayDomainNameV2"+s.hashOf(p.get("DomainName")), "AWS::ApiGatewayV2::DomainName", p.at, props)
	s.refs[reference{s.res.ID, "DomainName"}] = domain.id
	s.basePaths(p, "ApiMapping", "AWS::ApiGatewayV2::ApiMapping", func(base string) object {
		mapping := object{
			"DomainName": ref(p.at, domain.id), "ApiId": ref(p.at, s.res.ID), "Stage": ref(p.at, s.refs[reference{s.res.ID, "Stage"}]),
		}
		if base != "" {
			mapping["ApiMappingKey"] = strings.Trim(base, "/")
		}
		return mapping
	})
	s.records(p, regionalAlias(p, domain.id))
}

// basePaths adds a mapping for each base path of a domain, or for all paths.
func (s *source) basePaths(domain prop, suffix, typ string, mapping func(base string) object) {
	p := domain.get("BasePath")
	if !p.truthy() {
		s.add(s.res.ID+suffix, typ, domain.at, mapping(""))
		return
	}
	for _, base := range p.elements() {
		text := base.text()
		if text == "" {
			s.gap(base.at, "an entry of Domain.BasePath is no text")
			continue
		}
		s.add(s.res.ID+letters(text)+suffix, typ, base.at, mapping(text))
	}
}

// letters is a text less all that is neither a letter nor a digit.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if alphanumeric(string(r)) {
			return r
		}
		return -1
	}, s)
}

// records adds the DNS records of a domain to the group of its zone.
func (s *source) records(domain prop, target object) {
	p := domain.get("Route53")
	if !p.truthy() {
		return
	}
	zone := p.get("HostedZoneId")
	if !zone.truthy() {
		zone = p.get("HostedZoneName")
	}
	if !zone.truthy() || p.get("SeparateRecordSetGroup").truthy() {
		s.gap(p.at, "Domain.Route53 has no zone, or asks for a group of its own")
		return
	}
	s.known(p, "Domain.Route53.", route53Known)
	target["EvaluateTargetHealth"] = p.get("EvaluateTargetHealth")
	kinds := []string{"A"}
	if p.get("IpV6").is("true") {
		kinds = append(kinds, "AAAA")
	}
	group := s.recordSet("RecordSetGroup"+s.hashOf(zone), p)
	for _, kind := range kinds {
		group.grow("RecordSets", object{
			"Name": domain.get("DomainName"), "Type": kind, "AliasTarget": target,
			"Region": p.get("Region"), "SetIdentifier": p.get("SetIdentifier"),
		})
	}
}

// recordSet returns the group of records with a logical id, which is added when
// there is none.
func (s *source) recordSet(id string, p prop) *draft {
	if group := s.recordSets[id]; group != nil {
		return group
	}
	group := s.add(id, "AWS::Route53::RecordSetGroup", p.at, object{
		"HostedZoneId": p.get("HostedZoneId"), "HostedZoneName": p.get("HostedZoneName"),
		"RecordSets": placed{at: p.at},
	})
	s.recordSets[id] = group
	return group
}
