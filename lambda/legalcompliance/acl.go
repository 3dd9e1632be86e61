package legalcompliance

import (
	"regexp"
	"slices"
	"strings"
)

// Entry is an entry of an access control list, in the columns of the table. What is
// not known is NULL there.
type Entry struct {
	// SID is not known of accounts of a domain that ONTAP has resolved to a name.
	SID string `json:"sid,omitempty"`
	// Name is not known of an account that ONTAP cannot resolve, as that of somebody
	// who has left.
	Name string `json:"name,omitempty"`
	// Kind is BROAD (groups that anybody may be in), ACCOUNT (of a domain or of the
	// SMB server) or BUILTIN.
	Kind string `json:"kind"`
	// Type is ALLOWED or DENIED, with _CONDITIONAL of an entry with a condition, AUDIT,
	// or OTHER. SLAG_ precedes that of storage-level access guard, which gives no
	// access by itself.
	Type string `json:"type"`
	// Permissions are FULL_CONTROL, or rights with commas between them.
	Permissions string `json:"permissions"`
	Inherited   bool   `json:"inherited"`
}

// Kinds of accounts.
const (
	broad   = "BROAD"
	account = "ACCOUNT"
	builtin = "BUILTIN"
)

const fullControl = "FULL_CONTROL"

// ace is an entry as ONTAP tells it; what is false is left out:
// https://docs.netapp.com/us-en/ontap-restapi/get-protocols-file-security-permissions-.html
type ace struct {
	User           string          `json:"user"` // a name or a SID
	Access         string          `json:"access"`
	AccessControl  string          `json:"access_control"`
	Rights         string          `json:"rights"`
	AdvancedRights map[string]bool `json:"advanced_rights"`
	Inherited      bool            `json:"inherited"`
}

// entries maps a list to the columns of the table.
func entries(list []ace) []Entry {
	out := make([]Entry, len(list))
	for i, a := range list {
		who := accountOf(a.User)
		out[i] = Entry{SID: who.sid, Name: who.name, Kind: who.kind, Type: a.kind(), Permissions: a.permissions(), Inherited: a.Inherited}
	}
	return out
}

var accesses = map[string]string{
	"access_allow":                   "ALLOWED",
	"access_deny":                    "DENIED",
	"access_allowed_callback":        "ALLOWED_CONDITIONAL",
	"access_allowed_callback_object": "ALLOWED_CONDITIONAL",
	"access_denied_callback":         "DENIED_CONDITIONAL",
	"access_denied_callback_object":  "DENIED_CONDITIONAL",
	"audit_success":                  "AUDIT",
	"audit_failure":                  "AUDIT",
	"audit_success_and_failure":      "AUDIT",
	"system_audit_callback":          "AUDIT",
	"system_audit_callback_object":   "AUDIT",
}

func (a ace) kind() string {
	kind, ok := accesses[a.Access]
	if !ok {
		kind = "OTHER"
	}
	if a.AccessControl == "slag" {
		kind = "SLAG_" + kind
	}
	return kind
}

// everyRight are the rights that are full control together.
var everyRight = []string{
	"append_data", "delete", "delete_child", "execute_file", "read_attr", "read_data", "read_ea", "read_perm",
	"write_attr", "write_data", "write_ea", "write_owner", "write_perm",
}

func (a ace) permissions() string {
	granted := []string{}
	for right, is := range a.AdvancedRights {
		if is {
			granted = append(granted, right)
		}
	}
	slices.Sort(granted)
	missing := func(right string) bool { return !slices.Contains(granted, right) }
	switch {
	case len(granted) == 0:
		return strings.ToUpper(a.Rights)
	case !missing("full_control") || !slices.ContainsFunc(everyRight, missing):
		return fullControl
	}
	return strings.ToUpper(strings.Join(granted, ","))
}

// known is an account by its SID and name.
type known struct{ sid, name, kind string }

// wellKnown are accounts that every domain has:
// https://learn.microsoft.com/windows-server/identity/ad-ds/manage/understand-security-identifiers
var wellKnown = []known{
	{"S-1-1-0", "Everyone", broad},
	{"S-1-5-2", `NT AUTHORITY\NETWORK`, broad},
	{"S-1-5-4", `NT AUTHORITY\INTERACTIVE`, broad},
	{"S-1-5-7", `NT AUTHORITY\ANONYMOUS LOGON`, broad},
	{"S-1-5-11", `NT AUTHORITY\Authenticated Users`, broad},
	{"S-1-5-32-545", `BUILTIN\Users`, broad},
	{"S-1-5-32-546", `BUILTIN\Guests`, broad},
	{"S-1-3-0", "CREATOR OWNER", builtin},
	{"S-1-3-1", "CREATOR GROUP", builtin},
	{"S-1-3-4", "OWNER RIGHTS", builtin},
	{"S-1-5-18", `NT AUTHORITY\SYSTEM`, builtin},
	{"S-1-5-19", `NT AUTHORITY\LOCAL SERVICE`, builtin},
	{"S-1-5-20", `NT AUTHORITY\NETWORK SERVICE`, builtin},
	{"S-1-5-32-544", `BUILTIN\Administrators`, builtin},
	{"S-1-5-32-547", `BUILTIN\Power Users`, builtin},
	{"S-1-5-32-551", `BUILTIN\Backup Operators`, builtin},
}

var isSID = regexp.MustCompile(`(?i)^S-1(-[0-9]+)+$`)

// authorities are what precedes the names of accounts that are in no domain.
var authorities = []string{"BUILTIN", "NT AUTHORITY", "NT SERVICE", "APPLICATION PACKAGE AUTHORITY", "CREATOR AUTHORITY"}

// accountOf is the account that ONTAP names by a name or a SID.
func accountOf(user string) known {
	for _, k := range wellKnown {
		_, name, _ := strings.Cut(k.name, `\`)
		if strings.EqualFold(user, k.sid) || strings.EqualFold(user, k.name) || name != "" && strings.EqualFold(user, name) {
			return k
		}
	}
	if isSID.MatchString(user) {
		sid := strings.ToUpper(user)
		if strings.HasPrefix(sid, "S-1-5-21-") {
			return known{sid: sid, kind: account}
		}
		return known{sid: sid, kind: builtin}
	}
	domain, _, ok := strings.Cut(user, `\`)
	if ok && slices.ContainsFunc(authorities, func(a string) bool { return strings.EqualFold(a, domain) }) {
		return known{name: user, kind: builtin}
	}
	return known{name: user, kind: account}
}
