package legalcompliance

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
	"github.com/fsxns3ap/guardhook/lambda/internal/ontap"
)

// Volume is a volume of the SVM:
// https://docs.netapp.com/us-en/ontap-restapi/get-storage-volumes.html
type Volume struct {
	UUID  string `json:"uuid"`
	Name  string `json:"name"`
	State string `json:"state"`
	Type  string `json:"type"`
	Style string `json:"style"`
	Size  int64  `json:"size"` // bytes
	NAS   struct {
		// Path is where the SVM mounts the volume; empty if it does not.
		Path          string `json:"path"`
		SecurityStyle string `json:"security_style"`
		ExportPolicy  struct {
			Name string `json:"name"`
		} `json:"export_policy"`
	} `json:"nas"`
}

const volumeFields = "uuid,name,state,type,style,size,nas.path,nas.security_style,nas.export_policy.name"

// Share is an SMB share:
// https://docs.netapp.com/us-en/ontap-restapi/get-protocols-cifs-shares.html
type Share struct {
	Name   string `json:"name"`
	Path   string `json:"path"`
	Volume struct {
		UUID string `json:"uuid"`
		Name string `json:"name"`
	} `json:"volume"`
	ACLs []struct {
		User       string `json:"user_or_group"`
		Type       string `json:"type"`
		Permission string `json:"permission"`
	} `json:"acls"`
	// Audited says that the share is of the audited volume, or of a folder above it, Open
	// that it lets everybody write.
	Audited bool `json:"audited"`
	Open    bool `json:"open"`
}

const shareFields = "name,path,volume.uuid,volume.name,acls"

// Policy is an export policy:
// https://docs.netapp.com/us-en/ontap-restapi/get-protocols-nfs-export-policies.html
type Policy struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Rules []Rule `json:"rules"`
	// Audited says that the policy is that of the audited volume.
	Audited bool `json:"audited"`
}

// Rule is a rule of an export policy.
type Rule struct {
	Index   int64 `json:"index"`
	Clients []struct {
		Match string `json:"match"`
	} `json:"clients"`
	Protocols []string `json:"protocols"`
	ReadOnly  []string `json:"ro_rule"`
	ReadWrite []string `json:"rw_rule"`
	Superuser []string `json:"superuser"`
	// Open says that every client may write.
	Open bool `json:"open"`
}

const policyFields = "id,name,rules"

// Metadata is the object that is written about the SVM.
type Metadata struct {
	Run
	SVM      string   `json:"svm_uuid"`
	Volume   Volume   `json:"volume"` // the audited one
	Volumes  []Volume `json:"volumes"`
	Shares   []Share  `json:"shares"`
	Policies []Policy `json:"export_policies"`
}

// Described is what the workflow gets to know of it.
type Described struct {
	Key string `json:"metadata_key"`
	// Junction is where the SVM mounts the audited volume, empty for its root.
	Junction      string `json:"junction_path"`
	SecurityStyle string `json:"security_style"`
	Volumes       int    `json:"volumes"`
	Shares        int    `json:"shares"`
	Policies      int    `json:"export_policies"`
	// OpenShares is how many audited shares let everybody write,
	// OpenRules how many rules of its export policy let every client.
	OpenShares int `json:"open_shares"`
	OpenRules  int `json:"open_rules"`
}

func openMetadata(p *bootstrap.Platform) (func(context.Context, Run) (Described, error), error) {
	s := openSystem(p)
	bucket := p.Settings.Bucket("OUTPUT_BUCKET")
	if err := p.Settings.Err(); err != nil {
		return nil, err
	}
	output := objects.New(s3.NewFromConfig(p.AWS), bucket)
	return func(ctx context.Context, r Run) (Described, error) {
		if err := r.check(); err != nil {
			return Described{}, err
		}
		var m Metadata
		err := p.Trace.Do(ctx, "ontap", func(ctx context.Context) (err error) {
			m, err = s.describe(ctx)
			return err
		})
		if err != nil {
			return Described{}, err
		}
		m.Run = r
		d := m.summary()
		d.Key = r.key("metadata/", "svm.json")
		return d, output.WriteJSON(ctx, d.Key, m, objects.Condition{})
	}, nil
}

// describe asks ONTAP for the volumes, shares and export policies of the SVM. What
// cannot be read is an error: a report without it would say that nothing is open.
func (s *system) describe(ctx context.Context) (Metadata, error) {
	m := Metadata{SVM: s.svm, Volumes: []Volume{}, Shares: []Share{}, Policies: []Policy{}}
	err := s.client.Get(ctx, &m.Volume, url.Values{"fields": {volumeFields}}, "storage", "volumes", s.volume)
	if err != nil {
		return m, err
	}
	if m.Volume.NAS.Path == "" {
		return m, failure.New(failure.Configuration, "the volume VOLUME_UUID is not mounted in the SVM: its files have no path")
	}
	if m.Volumes, err = all[Volume](ctx, s, volumeFields, "storage", "volumes"); err != nil {
		return m, err
	}
	if !slices.ContainsFunc(m.Volumes, func(v Volume) bool { return v.UUID == m.Volume.UUID }) {
		return m, failure.New(failure.Configuration, "the volume VOLUME_UUID is none of the SVM SVM_UUID")
	}
	if m.Shares, err = all[Share](ctx, s, shareFields, "protocols", "cifs", "shares"); err != nil {
		return m, err
	}
	if m.Policies, err = all[Policy](ctx, s, policyFields, "protocols", "nfs", "export-policies"); err != nil {
		return m, err
	}
	m.judge()
	return m, nil
}

// all returns a whole collection of the SVM.
func all[T any](ctx context.Context, s *system, fields string, path ...string) ([]T, error) {
	out := []T{}
	query := url.Values{"svm.uuid": {s.svm}, "fields": {fields}, "max_records": {"1000"}}
	for record, err := range ontap.List[T](ctx, s.client, query, path...) {
		if err != nil {
			return nil, err
		}
		out = append(out, record)
	}
	return out, nil
}

// judge fills in what Audited and Open say.
func (m *Metadata) judge() {
	for i := range m.Shares {
		s := &m.Shares[i]
		s.Audited = s.Volume.UUID == m.Volume.UUID || above(s.Path, m.Volume.NAS.Path)
		for _, a := range s.ACLs {
			s.Open = s.Open || a.Type == "windows" && accountOf(a.User).kind == broad && slices.Contains([]string{"change", "full_control"}, a.Permission)
		}
	}
	for i := range m.Policies {
		p := &m.Policies[i]
		p.Audited = p.Name == m.Volume.NAS.ExportPolicy.Name
		for j := range p.Rules {
			p.Rules[j].Open = p.Rules[j].writable() && p.Rules[j].everywhere()
		}
	}
}

// above says whether a path of the SVM is that of a folder above another one.
func above(folder, path string) bool {
	return folder != "" && strings.HasPrefix(path, strings.TrimSuffix(folder, "/")+"/")
}

func (r Rule) writable() bool {
	return slices.ContainsFunc(r.ReadWrite, func(flavor string) bool { return flavor != "none" && flavor != "never" })
}

func (r Rule) everywhere() bool {
	for _, c := range r.Clients {
		for match := range strings.SplitSeq(c.Match, ",") {
			if match = strings.TrimSpace(match); match == "0.0.0.0/0" || match == "::/0" {
				return true
			}
		}
	}
	return false
}

func (m *Metadata) summary() Described {
	d := Described{
		Junction: strings.TrimSuffix(m.Volume.NAS.Path, "/"), SecurityStyle: m.Volume.NAS.SecurityStyle,
		Volumes: len(m.Volumes), Shares: len(m.Shares), Policies: len(m.Policies),
	}
	for _, s := range m.Shares {
		if s.Audited && s.Open {
			d.OpenShares++
		}
	}
	for _, p := range m.Policies {
		for _, r := range p.Rules {
			if p.Audited && r.Open {
				d.OpenRules++
			}
		}
	}
	return d
}
