package guardhook.lib.value_test

import data.guardhook.lib.value

test_set if {
	every v in ["x", "", 0, 1, true, false, [], {}] {
		value.is_set(v)
	}
}

test_not_set if {
	not value.is_set(null)
	not set_at_absent
}

test_nonempty if {
	every v in ["x", " ", "${Key.Arn}", 0, 1.5, true, false, [""], {"a": null}] {
		value.nonempty(v)
	}
}

test_not_nonempty if {
	not value.nonempty("")
	not value.nonempty([])
	not value.nonempty({})
	not value.nonempty(null)
	not nonempty_at_absent
}

set_at_absent if value.is_set(input.absent)

nonempty_at_absent if value.nonempty(input.absent)
