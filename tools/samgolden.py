"""Writes what validate/sam takes from aws-sam-translator, and its test data.

    samgolden.py data            the policy templates and managed policies
    samgolden.py golden FILE...  the expected expansion of templates, FILE.json
    samgolden.py translate       paths on standard input, expansions on standard
                                 output, one JSON line each

Run it with the pinned translator: .tools/python/bin/python.
"""

import json
import logging
import os
import re
import sys

os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
logging.disable(logging.CRITICAL)

import samtranslator  # noqa: E402
from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

PACKAGE = os.path.dirname(samtranslator.__file__)
TARGET = os.path.join(os.path.dirname(__file__), "..", "validate", "sam")
# Properties that name files. The translator reads S3 locations only, so that a
# local path becomes one.
LOCATIONS = {"CodeUri", "ContentUri", "DefinitionUri"}


class ManagedPolicies:
    def __init__(self):
        with open(os.path.join(PACKAGE, "internal/data/aws_managed_policies.json")) as f:
            self.arns = json.load(f)["aws"]

    def load(self):
        return self.arns


def upload(value):
    """Replaces local paths by locations in S3, as packaging does."""
    if not isinstance(value, dict):
        return
    for section in value.get("Globals") or {}, *[
        (r or {}).get("Properties") or {} for r in (value.get("Resources") or {}).values() if isinstance(r, dict)
    ]:
        for properties in section, *[v for v in section.values() if isinstance(v, dict)]:
            for name in LOCATIONS & set(properties):
                if isinstance(properties[name], str) and not properties[name].startswith("s3://"):
                    properties[name] = "s3://bucket/local"
    for r in (value.get("Resources") or {}).values():
        p = r.get("Properties") if isinstance(r, dict) else None
        if not isinstance(p, dict):
            continue
        needs = str(r.get("Type")) in ("AWS::Serverless::Function", "AWS::Serverless::LayerVersion")
        name = "ContentUri" if str(r.get("Type")).endswith("LayerVersion") else "CodeUri"
        globals_ = ((value.get("Globals") or {}).get("Function") or {})
        if needs and p.get("PackageType") != "Image" and not (set(p) | set(globals_)) & {"InlineCode", name}:
            p[name] = "s3://bucket/local"
        if needs and p.get("PackageType") == "Image" and "ImageUri" not in p:
            p["ImageUri"] = "local"
        if isinstance(p.get("Location"), str) and not p["Location"].startswith("http"):
            p["Location"] = p["TemplateUrl"] = "https://bucket.s3.amazonaws.com/local"


def translate(path):
    with open(path) as f:
        # YAML has dates, which are texts in a template.
        template = json.loads(json.dumps(yaml_parse(f.read()), default=str))
    upload(template)
    out = transform(template, {}, ManagedPolicies(), passthrough_metadata=False)
    return out


def data():
    with open(os.path.join(PACKAGE, "policy_templates_data/policy_templates.json")) as f:
        templates = json.load(f)["Templates"]
    out = {
        name: {"Parameters": sorted(t["Parameters"]), "Document": t["Definition"]}
        for name, t in sorted(templates.items())
    }
    with open(os.path.join(TARGET, "policies.json"), "w") as f:
        json.dump(out, f, indent=1, sort_keys=True)
        f.write("\n")
    paths = sorted(
        arn.split(":policy/")[1] for arn in ManagedPolicies().load().values() if "/" in arn.split(":policy/")[1]
    )
    with open(os.path.join(TARGET, "managed.txt"), "w") as f:
        f.write("\n".join(paths) + "\n")


def golden(paths):
    for path in paths:
        expanded = translate(path)
        with open(re.sub(r"\.yaml$", ".json", path), "w") as f:
            json.dump(expanded, f, indent=1, sort_keys=True)
            f.write("\n")


def lines():
    for path in sys.stdin.read().splitlines():
        try:
            out = {"file": path, "template": translate(path)}
        except Exception as e:  # A template that the translator refuses.
            causes = getattr(e, "causes", None) or [e]
            out = {"file": path, "error": "; ".join(getattr(c, "message", str(c)) for c in causes)}
        print(json.dumps(out), flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["data"]:
            data()
        case ["golden", *paths]:
            golden(paths)
        case ["translate"]:
            lines()
        case _:
            sys.exit(__doc__)
