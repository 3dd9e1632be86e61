package legalcompliancelocal

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fsxns3ap/guardhook/internal/ontapsim"
)

// The SVM and the volume of the fixtures.
const (
	SVM      = "11111111-1111-1111-1111-111111111111"
	Volume   = "22222222-2222-2222-2222-222222222222"
	Junction = "/legal vol"
)

// Key is the key of the file of a number. Every character of it that a URL or a
// prompt could take for its own is in some of them.
func Key(n int) string {
	return fmt.Sprintf("contracts #%d/%05d 契約 100%%+?&<data>.v1.docx", n%3, n)
}

// number is the number of the file at a path, -1 if there is none.
func number(path string) int {
	_, name, _ := strings.Cut(path, "/")
	digits, _, _ := strings.Cut(name, " ")
	n, err := strconv.Atoi(digits)
	if err != nil || Key(n) != path {
		return -1
	}
	return n
}

// Variants is how many kinds of files there are: file n is of kind n % Variants.
const Variants = 8

// The kinds of files.
const (
	// Restricted: administrators have full control, a group of the domain may change.
	Restricted = iota
	// Everyone has full control.
	Everyone
	// DomainUser has full control.
	DomainUser
	// Stale: restricted, and not touched for 200 days.
	Stale
	// Departed: an account without a name has full control, inherited.
	Departed
	// Authenticated: every user who has logged in has full control, by rights one by one.
	Authenticated
	// ReadOnly: everyone may read; full control is denied, audited, conditional, or
	// that of storage-level access guard.
	ReadOnly
	// Unix: a file without a list.
	Unix
)

// Record is an object of JSON.
type Record = ontapsim.Record

// Rights is every right, as ONTAP tells it of full control.
func Rights(more ...string) map[string]bool {
	out := map[string]bool{}
	for _, right := range append(more, "append_data", "delete", "delete_child", "execute_file", "read_attr", "read_data", "read_ea", "read_perm",
		"write_attr", "write_data", "write_ea", "write_owner", "write_perm", "synchronize") {
		out[right] = true
	}
	return out
}

func ace(user, access string, more Record) Record {
	out := Record{"user": user, "access": access, "access_control": "file_directory", "apply_to": map[string]bool{"files": true}}
	for k, v := range more {
		out[k] = v
	}
	return out
}

func allow(user string, rights map[string]bool) Record {
	return ace(user, "access_allow", Record{"advanced_rights": rights})
}

// File is what ONTAP tells of the file of a number at a time.
func File(n int, now time.Time) ontapsim.File {
	full, read := Rights("full_control"), map[string]bool{"read_data": true, "read_attr": true, "execute_file": true}
	acls := []Record{allow(`BUILTIN\Administrators`, full), allow(`CORP\legal`, map[string]bool{"read_data": true, "write_data": true, "delete": true})}
	age := time.Duration(n%30) * 24 * time.Hour
	switch n % Variants {
	case Everyone:
		acls = append(acls, allow("Everyone", full))
	case DomainUser:
		acls = append(acls, allow(`CORP\j.doe`, full))
	case Stale:
		age = 200 * 24 * time.Hour
	case Departed:
		acls = append(acls, ace("S-1-5-21-2233347455-2266964949-1780268902-1107", "access_allow", Record{"rights": "full_control", "inherited": true}))
	case Authenticated:
		acls = append(acls, allow("S-1-5-11", Rights()))
	case ReadOnly:
		acls = append(
			acls, allow("Everyone", read), ace("Everyone", "access_deny", Record{"rights": "full_control"}), ace("Everyone", "audit_success", Record{"rights": "full_control"}),
			ace("Everyone", "access_allowed_callback", Record{"rights": "full_control"}), ace("Everyone", "access_allow", Record{"rights": "full_control", "access_control": "slag"}),
		)
	}
	security := Record{
		"svm": Record{"uuid": SVM}, "path": Junction + "/" + Key(n), "security_style": "ntfs", "effective_style": "ntfs",
		"owner": `BUILTIN\Administrators`, "group": `CORP\Domain Users`, "control_flags": "0x8404", "acls": acls,
	}
	if n%Variants == Unix {
		security = Record{"svm": Record{"uuid": SVM}, "path": Junction + "/" + Key(n), "security_style": "mixed", "effective_style": "unix", "text_mode_bits": "rwxr-x---", "user_id": "1001"}
	}
	at := now.Add(-age).Truncate(time.Second).In(time.FixedZone("", -4*3600)).Format(time.RFC3339)
	return ontapsim.File{Security: security, Times: Record{
		"path": Key(n), "type": "file", "name": "", "creation_time": "2019-06-12T21:27:28-04:00", "modified_time": "2020-06-12T21:27:28-04:00",
		"changed_time": "2021-06-12T21:27:28-04:00", "accessed_time": at,
	}}
}

// Serve makes ontap the file system with a number of files. change, which may be
// nil, changes what is told of a file, or says that it is not there.
func Serve(ontap *ontapsim.Server, files int, now time.Time, change func(n int, f *ontapsim.File) bool) {
	volume := func(uuid, name, path, policy string) Record {
		return Record{
			"uuid": uuid, "name": name, "state": "online", "type": "rw", "style": "flexvol", "size": 1 << 40,
			"nas": Record{"path": path, "security_style": "ntfs", "export_policy": Record{"name": policy}},
		}
	}
	rule := func(index int, client, write string) Record {
		return Record{
			"index": index, "clients": []Record{{"match": client}}, "protocols": []string{"nfs"}, "ro_rule": []string{"any"}, "rw_rule": []string{write}, "superuser": []string{"none"},
		}
	}
	share := func(name, path, volume, user, permission string) Record {
		return Record{
			"name": name, "path": path, "volume": Record{"uuid": volume, "name": name}, "acls": []Record{{"user_or_group": user, "type": "windows", "permission": permission}},
		}
	}
	const other = "33333333-3333-3333-3333-333333333333"
	ontap.Add("storage/volumes", volume(other, "root", "/", "default"), volume(Volume, "legal", Junction, "office"))
	ontap.Add("protocols/cifs/shares",
		share("legal", Junction, Volume, "Everyone", "full_control"), share("legal-read", Junction+"/contracts", Volume, "Everyone", "read"),
		share("c$", "/", other, "Everyone", "full_control"), share("attic", "/legal", other, "Everyone", "full_control"))
	ontap.Add("protocols/nfs/export-policies",
		Record{"id": 1, "name": "default", "rules": []Record{rule(1, "0.0.0.0/0", "any")}},
		Record{"id": 2, "name": "office", "rules": []Record{rule(1, "10.0.0.0/8, 0.0.0.0/0", "sys"), rule(2, "0.0.0.0/0", "never")}})
	ontap.AddVolume(ontapsim.Volume{SVM: SVM, UUID: Volume, Junction: Junction, File: func(path string) (ontapsim.File, bool) {
		if path == "" {
			return ontapsim.File{Security: Record{"security_style": "ntfs"}}, true
		}
		n := number(path)
		if n < 0 || n >= files {
			return ontapsim.File{}, false
		}
		f := File(n, now)
		return f, change == nil || change(n, &f)
	}})
}
