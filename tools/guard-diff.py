#!/usr/bin/env python3
"""Compares the Guard engine with cfn-guard on generated rules and documents.

    guard-diff.py CFN_GUARD CONFORMANCE [--seconds N] [--seed N] [--keep FILE]

CFN_GUARD is the program of that name; CONFORMANCE is the built guardconformance.
The verdicts of cfn-guard become cases, which the other judges, too. Each
difference is a line of its output; the last line counts. The exit code is 1 if
there are any. The same seed generates the same cases.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KEYS = ["a", "b", "c", "Name", "Tags", "Enabled"]
TYPES = ["AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::IAM::Role"]
STRINGS = ["", "x", "abc", "ABC", "aws:kms", "AES256", "*", "10", "true", "a-b", "arn:aws:s3:::x"]


class Maker:
    """Rules and documents at random."""

    def __init__(self, seed):
        self.r = random.Random(seed)

    def scalar(self):
        return self.r.choice([self.r.choice(STRINGS), self.r.randint(-3, 12), self.r.choice([0.5, 1.5, 10.0]), True, False, None])

    def value(self, depth):
        n = self.r.random()
        if depth == 0 or n < 0.4:
            return self.scalar()
        if n < 0.65:
            return [self.value(depth - 1) for _ in range(self.r.randint(0, 3))]
        return {k: self.value(depth - 1) for k in self.r.sample(KEYS, self.r.randint(0, 4))}

    def document(self):
        resources = {}
        for i in range(self.r.randint(0, 3)):
            res = {"Type": self.r.choice(TYPES)}
            if self.r.random() < 0.85:
                res["Properties"] = {k: self.value(2) for k in self.r.sample(KEYS, self.r.randint(0, 5))}
            resources[f"R{i}"] = res
        doc = {"Resources": resources} if self.r.random() < 0.9 else {}
        for k in self.r.sample(KEYS, 2):
            doc[k] = self.value(2)
        return doc

    def literal(self):
        n = self.r.random()
        if n < 0.35:
            return json.dumps(self.r.choice(STRINGS))
        if n < 0.55:
            return str(self.r.randint(-3, 12))
        if n < 0.62:
            return self.r.choice(["0.5", "1.5", "10.0"])
        if n < 0.72:
            return self.r.choice(["true", "false"])
        if n < 0.8:
            return self.r.choice(["/^a/", "/[a-z]+/", "/^aws:/", "/^$/", "/(?i)abc/"])
        if n < 0.86:
            return self.r.choice(["r[1,5]", "r(0,10)", "r[0.5,1.5)", "r(1,12]"])
        if n < 0.95:
            return "[" + ", ".join(self.literal() for _ in range(self.r.randint(0, 3))) + "]"
        return "{" + ", ".join(f"{k}: {self.literal()}" for k in self.r.sample(["a", "b"], self.r.randint(1, 2))) + "}"

    def step(self, filters=True):
        n = self.r.random()
        if n < 0.5:
            return "." + self.r.choice(KEYS)
        if n < 0.62:
            return ".*"
        if n < 0.74:
            return "[*]"
        if n < 0.8:
            return f"[{self.r.randint(0, 2)}]"
        if not filters:
            return "." + self.r.choice(KEYS)
        if n < 0.9:
            return f"[ {self.clause(filters=False)} ]"
        if n < 0.95:
            return "[ keys " + self.r.choice(["==", "!=", "in", "not in"]) + " " + self.r.choice(['"a"', "/^[a-c]/", '["a", "b"]']) + " ]"
        return self.r.choice([".a", ".Tags"])

    def query(self, filters=True):
        n = self.r.random()
        if n < 0.15 and filters:
            start = "%v"
        elif n < 0.4 and filters:
            start = "Resources.*"
        elif n < 0.5 and filters:
            start = f"Resources.*[ Type == '{self.r.choice(TYPES)}' ].Properties"
        else:
            start = self.r.choice(KEYS)
        return start + "".join(self.step(filters) for _ in range(self.r.randint(0, 2)))

    def clause(self, filters=True):
        prefix = self.r.choice(["", "", "", "", "some ", "not "])
        q = self.query(filters)
        if self.r.random() < 0.35:
            negated = self.r.choice(["", "", "!", "not "])
            op = self.r.choice(["exists", "empty", "is_string", "is_list", "is_struct", "is_bool", "is_int", "is_float", "is_null"])
            return f"{prefix}{q} {negated}{op}"
        op = self.r.choice(["==", "!=", "in", "not in", ">", ">=", "<", "<=", "=="])
        right = self.literal()
        # != and not == of two queries: 3.2.0 mended what 3.1.1, the version there is a program of, gets wrong.
        if filters and self.r.random() < 0.12 and op != "!=" and not (op == "==" and prefix == "not "):
            right = self.query(filters)
        return f"{prefix}{q} {op} {right}"

    def line(self):
        text = self.clause()
        if self.r.random() < 0.2:
            text += " or\n        " + self.clause()
        if self.r.random() < 0.1:
            text += ' <<a message>>'
        return text

    def body(self, depth=1):
        lines = []
        for _ in range(self.r.randint(1, 3)):
            n = self.r.random()
            if n < 0.12 and depth:
                lines.append(f"when {self.clause()} {{\n    " + "\n    ".join(self.body(0)) + "\n}")
            elif n < 0.22 and depth:
                lines.append(f"{self.query()} {{\n    " + "\n    ".join(self.body(0)) + "\n}")
            elif n < 0.3 and depth:
                lines.append(f"{self.r.choice(TYPES)} {{\n    " + "\n    ".join(self.body(0)) + "\n}")
            else:
                lines.append(self.line())
        return lines

    def rules(self):
        r = self.r
        start = r.choice(["Resources.*", "Resources.*[ Type == 'AWS::S3::Bucket' ]", r.choice(KEYS), "Resources.*.Properties", "[]", '["a", "b"]'])
        out = [f"let v = {start}"]
        if r.random() < 0.3:
            call = r.choice(["count(%v)", "to_upper(%v)", "to_lower(%v)", 'join(%v, ",")', "substring(%v, 0, 1)", 'regex_replace(%v, "^(.*)$", "x${1}")', "parse_int(%v)", "parse_string(%v)"])
            out.append(f"let f = {call}")
        names = []
        for i in range(r.randint(1, 3)):
            when = f" when {self.clause()}" if r.random() < 0.3 else ""
            lines = self.body()
            if names and r.random() < 0.3:
                lines.append(r.choice(["", "not "]) + r.choice(names))
            if len(out) > 1 and out[1].startswith("let f") and r.random() < 0.5:
                lines.append("%f " + r.choice(["exists", "== 'x'", "> 0", "!empty"]))
            out.append(f"rule r{i}{when} {{\n    " + "\n    ".join(lines) + "\n}")
            names.append(f"r{i}")
        return "\n".join(out) + "\n"


class Crash(Exception):
    """cfn-guard panicked, most often while it wrote the report."""


def run(program, rules, data):
    """The report of cfn-guard by name of document, or None for an error."""
    done = subprocess.run([program, "validate", "-r", rules, "-d", data, "-o", "json", "-z", "-S", "none"], capture_output=True, timeout=60, check=False)
    if done.returncode == 101:
        raise Crash
    if done.returncode not in (0, 19):
        return None
    try:
        return {Path(d["name"]).name: d for d in json.loads(done.stdout)}
    except json.JSONDecodeError:
        return None


def expected(report):
    out = {n: "SKIP" for n in report["not_applicable"]}
    out.update({n: "PASS" for n in report["compliant"]})
    out.update({r["Rule"]["name"]: "FAIL" for r in report["not_compliant"]})
    return out


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("cfn_guard")
    args.add_argument("conformance")
    args.add_argument("--seconds", type=float, default=600)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--keep", type=Path)
    args = args.parse_args()
    end = time.monotonic() + args.seconds
    maker = Maker(args.seed)
    cases, errors, crashes = 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        kept = args.keep or folder / "cases.jsonl"
        with kept.open("w") as out:
            number = 0
            while time.monotonic() < end:
                number += 1
                text = maker.rules()
                documents = [maker.document() for _ in range(20)]
                rules = folder / "rules.guard"
                rules.write_text(text)
                data = folder / "data"
                data.mkdir(exist_ok=True)
                for i, d in enumerate(documents):
                    (data / f"d{i:02}.json").write_text(json.dumps(d))
                try:
                    reports = run(args.cfn_guard, rules, data)
                except Crash:
                    reports = None
                for i, d in enumerate(documents):
                    name = f"d{i:02}.json"
                    try:
                        report = reports[name] if reports else (run(args.cfn_guard, rules, data / name) or {}).get(name)
                    except Crash:
                        crashes += 1
                        continue
                    case = {"id": f"{number}/{i}", "rule_text": text, "data": json.dumps(d)}
                    if report is None:
                        case["expected_error"] = True
                        errors += 1
                    else:
                        case["expected"] = expected(report)
                    out.write(json.dumps(case) + "\n")
                    cases += 1
                    if time.monotonic() > end:
                        break
        print(f"{cases} cases of {number} rule files, {errors} are errors of cfn-guard; it crashed on {crashes} more", flush=True)
        sys.exit(subprocess.run([args.conformance, kept], check=False).returncode)


if __name__ == "__main__":
    main()
