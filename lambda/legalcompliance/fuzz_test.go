package legalcompliance

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzSecurity reads any text as what ONTAP tells of a file. What is JSON becomes one
// line with an entry for each of the list's, in the columns of the table.
func FuzzSecurity(f *testing.F) {
	for _, text := range []string{
		`{"security_style": "ntfs", "owner": "BUILTIN\\Administrators", "acls": [{"user": "Everyone", "access": "access_allow", "rights": "full_control"}]}`,
		`{"acls": [{"user": "S-1-5-21-1-2-3-500", "access": "access_deny", "advanced_rights": {"read_data": true, "delete": false}, "inherited": true}]}`,
		`{"acls": [{"access_control": "slag", "access": "none of these", "user": "\\"}, {}]}`,
		`{"acls": null}`, `{"acls": [null]}`, `{"acls": {}}`, `{"text_mode_bits": "rwxr-x---"}`, `{"owner": "a\nb\u2028"}`, `{}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var s security
		if json.Unmarshal([]byte(text), &s) != nil {
			return
		}
		var line bytes.Buffer
		want := Fact{Key: text, Status: collected, Owner: s.Owner, OwnerGroup: s.Group, ACLs: entries(s.ACLs)}
		if err := json.NewEncoder(&line).Encode(want); err != nil {
			t.Fatal(err)
		}
		if bytes.Count(line.Bytes(), []byte("\n")) != 1 {
			t.Errorf("%q is more than a line", line.String())
		}
		var got Fact
		if err := json.Unmarshal(line.Bytes(), &got); err != nil || len(got.ACLs) != len(s.ACLs) {
			t.Errorf("%q has %d entries, want %d: %v", line.String(), len(got.ACLs), len(s.ACLs), err)
		}
		for i, e := range got.ACLs {
			if e.Kind == "" || e.Type == "" {
				t.Errorf("entry %d of %q has no kind or type: %+v", i, text, e)
			}
		}
	})
}
