package guardhook.lib.acme

on(value) if value == "Enabled"
