package legalcompliance

import "testing"

func TestAccountOf(t *testing.T) {
	t.Parallel()
	for user, want := range map[string]known{
		"Everyone":                {"S-1-1-0", "Everyone", broad},
		"everyone":                {"S-1-1-0", "Everyone", broad},
		"S-1-1-0":                 {"S-1-1-0", "Everyone", broad},
		"s-1-5-32-545":            {"S-1-5-32-545", `BUILTIN\Users`, broad},
		`BUILTIN\Users`:           {"S-1-5-32-545", `BUILTIN\Users`, broad},
		"Authenticated Users":     {"S-1-5-11", `NT AUTHORITY\Authenticated Users`, broad},
		"CREATOR OWNER":           {"S-1-3-0", "CREATOR OWNER", builtin},
		`NT AUTHORITY\SYSTEM`:     {"S-1-5-18", `NT AUTHORITY\SYSTEM`, builtin},
		`BUILTIN\Print Operators`: {"", `BUILTIN\Print Operators`, builtin},
		`nt service\x`:            {"", `nt service\x`, builtin},
		"S-1-5-80-1":              {"S-1-5-80-1", "", builtin},
		"S-1-5-21-1-2-3-513":      {"S-1-5-21-1-2-3-513", "", account},
		`CORP\Users`:              {"", `CORP\Users`, account},
		`CORP\Everyone`:           {"", `CORP\Everyone`, account},
		"administrator":           {"", "administrator", account},
		"j.doe@corp.example":      {"", "j.doe@corp.example", account},
		"S-1-5-21-x":              {"", "S-1-5-21-x", account},
	} {
		if got := accountOf(user); got != want {
			t.Errorf("%s: %+v, want %+v", user, got, want)
		}
	}
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	every := map[string]bool{}
	for _, right := range everyRight {
		every[right] = true
	}
	for _, c := range []struct {
		ace  ace
		want string
	}{
		{ace{Access: "access_allow", Rights: "full_control"}, "ALLOWED FULL_CONTROL"},
		{ace{Access: "access_allow", Rights: "read_and_execute"}, "ALLOWED READ_AND_EXECUTE"},
		{ace{Access: "access_deny", AdvancedRights: map[string]bool{"full_control": true}}, "DENIED FULL_CONTROL"},
		{ace{Access: "access_deny", AdvancedRights: map[string]bool{"full_control": false, "write_data": true, "delete": true}}, "DENIED DELETE,WRITE_DATA"},
		{ace{Access: "access_allow", AdvancedRights: every}, "ALLOWED FULL_CONTROL"},
		{ace{Access: "access_denied_callback_object"}, "DENIED_CONDITIONAL "},
		{ace{Access: "system_scoped_policy_id"}, "OTHER "},
		{ace{Access: "access_deny", AccessControl: "slag", Rights: "write"}, "SLAG_DENIED WRITE"},
	} {
		if got := c.ace.kind() + " " + c.ace.permissions(); got != c.want {
			t.Errorf("%+v: %s, want %s", c.ace, got, c.want)
		}
	}
}
