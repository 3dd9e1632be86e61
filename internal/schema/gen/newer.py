#!/usr/bin/env python3
"""Write ../newer.txt: what goformation's structs lack of CloudFormation's types.

Compares the struct tree of goformation (parsed from its Go source) with the
resource provider schemas that cfn-lint ships, and writes the difference: types
and properties that goformation does not have, and properties whose type is
another. The format is described in ../newer.go.

    pip install cfn-lint==1.51.0
    python3 internal/schema/gen/newer.py [--review]

With --review the properties whose type differs are listed on standard output,
with what was decided, and nothing is written.
"""

import importlib.util
import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CFNLINT_VERSION = "1.51.0"
GOFORMATION = "github.com/awslabs/goformation/v7"

# Types that neither source describes: the newest of SAM and of Lambda. All
# their properties are free-form.
OPEN_TYPES = """
AWS::Lambda::MicrovmImage AWS::Lambda::NetworkConnector AWS::Lambda::WebFunction
AWS::Lambda::WebFunctionEndpoint AWS::Lambda::WebFunctionRevision
AWS::Serverless::CapacityProvider AWS::Serverless::Connector AWS::Serverless::GraphQLApi
AWS::Serverless::MicrovmImage AWS::Serverless::NetworkConnector
AWS::SageMaker::TrainingJob AWS::SageMaker::TransformJob
AWS::Serverless::WebFunction AWS::Serverless::WebSocketApi
""".split()

# SAM's translator accepts more than goformation describes.
CORRECTIONS = {"AWS::Serverless::Api": "{EndpointConfiguration:a}"}

# Parts of the result that both sources describe badly: type, found, written.
REPLACEMENTS = [
    (
        "AWS::CodeBuild::Project",
        "FilterGroups:[[a]]",
        "FilterGroups:[[{ExcludeMatchedPattern:b,Pattern:s,Type:s}]]",
    ),
]

ANY, STRING, NUMBER, BOOL = "a", "s", "n", "b"


class Node:
    """A shape: kind is a letter for a leaf, '[' a list, '<' a map, '{' an object."""

    def __init__(self, kind, name="", elem=None, fields=None):
        self.kind = kind
        self.name = name
        self.elem = elem
        self.fields = fields if fields is not None else {}


LEAF = {kind: Node(kind) for kind in (ANY, STRING, NUMBER, BOOL)}


# --- goformation -------------------------------------------------------------

class Structs:
    """The struct tree of goformation."""

    FIELD = re.compile(r'^\t(\w+)\s+(\S+)\s+`json:"([^",]*)[^`]*`$', re.M)
    STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.M | re.S)
    UNION = re.compile(r"^func \(\w+ \*(\w+)\) UnmarshalJSON", re.M)
    RESOURCE = re.compile(r'^\t\t"([\w:]+)":\s+&(\w+)\.(\w+)\{\},$', re.M)

    def __init__(self, root):
        self.text, self.unions, self.nodes = {}, set(), {}
        for file in sorted(root.glob("*/*.go")):
            if file.name.endswith("_test.go"):
                continue
            source, package = file.read_text(), file.parent.name
            for name, body in self.STRUCT.findall(source):
                self.text[package, name] = body
            self.unions.update((package, name) for name in self.UNION.findall(source))
        self.types = {
            name: (package, struct)
            for name, package, struct in self.RESOURCE.findall((root / "all.go").read_text())
        }

    def resource(self, name):
        return self.struct(self.types[name])

    def struct(self, key):
        if key not in self.nodes:
            node = self.nodes[key] = Node("{", key[1])
            for _, kind, tag in self.FIELD.findall(self.text[key]):
                if tag != "-":
                    node.fields[tag] = self.kind(key[0], kind)
        return self.nodes[key]

    def kind(self, package, text):
        text = text.lstrip("*")
        if text.startswith("[]"):
            return Node("[", elem=self.kind(package, text[2:]))
        if text.startswith("map[string]"):
            elem = self.kind(package, text[len("map[string]"):])
            return LEAF[ANY] if elem.kind == ANY else Node("<", elem=elem)
        if text in ("string", "bool", "int", "int64", "float64"):
            return LEAF[{"string": STRING, "bool": BOOL}.get(text, NUMBER)]
        if text == "interface{}":
            return LEAF[ANY]
        if "." in text:
            package, text = text.split(".")
        key = (package, text)
        return LEAF[ANY] if key in self.unions else self.struct(key)


# --- resource provider schemas -----------------------------------------------

class Provider:
    """One resource provider schema."""

    JSON = {"string": STRING, "integer": NUMBER, "number": NUMBER, "boolean": BOOL}

    def __init__(self, document):
        self.document, self.nodes = document, {}
        read_only = {p.removeprefix("/properties/") for p in document.get("readOnlyProperties", [])}
        self.root = self.node(document, "")
        for name in read_only & set(self.root.fields):
            del self.root.fields[name]

    def resolve(self, schema):
        """Follow references; return the schema and the name of its definition."""
        name = ""
        while "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            schema = self.target(schema["$ref"])
        return schema, name

    def target(self, reference):
        found = self.document
        for step in reference.removeprefix("#/").split("/"):
            found = found.get(step) if isinstance(found, dict) else None
            if found is None:
                return {}
        return found

    def node(self, schema, name):
        schema, definition = self.resolve(schema)
        name = definition or name
        if id(schema) in self.nodes:
            return self.nodes[id(schema)]
        kinds = schema.get("type", [])
        kinds = {kinds} if isinstance(kinds, str) else set(kinds)
        kinds.discard("null")
        if not kinds and ("properties" in schema or "patternProperties" in schema):
            kinds = {"object"}
        if not kinds and "items" in schema:
            kinds = {"array"}

        if kinds and kinds <= set(self.JSON):
            scalars = {self.JSON[k] for k in kinds}
            return LEAF[scalars.pop() if len(scalars) == 1 else STRING]
        if kinds == {"array"}:
            node = self.nodes[id(schema)] = Node("[")
            node.elem = self.node(schema.get("items", {}), name + "Item")
            return node
        if kinds == {"object"} or not kinds:
            return self.object(schema, name, bool(kinds))
        return LEAF[ANY]

    def object(self, schema, name, is_object):
        node = Node("{", name)
        self.nodes[id(schema)] = node
        self.collect(schema, node, name, set())
        if node.fields:
            return node
        if is_object:
            patterns = list(schema.get("patternProperties", {}).values())
            extra = schema.get("additionalProperties")
            if not patterns and isinstance(extra, dict) and extra:
                patterns = [extra]
            elems = [self.node(p, name + "Value") for p in patterns if isinstance(p, dict)]
            if elems and all(e.kind == elems[0].kind for e in elems) and elems[0].kind != ANY:
                node.kind, node.elem = "<", elems[0]
                return node
        else:
            # Alternatives without a type of their own.
            options = [o for k in ("oneOf", "anyOf", "allOf") for o in schema.get(k, [])]
            kinds = [self.node(o, name) for o in options if "type" in o or "$ref" in o]
            if kinds and all(k.kind == kinds[0].kind for k in kinds) and kinds[0].kind != "{":
                self.nodes[id(schema)] = kinds[0]
                return kinds[0]
        node.kind = ANY
        return node

    def collect(self, schema, node, name, seen):
        """Gather the properties of schema and of its object alternatives."""
        if id(schema) in seen:
            return
        seen.add(id(schema))
        for field, sub in schema.get("properties", {}).items():
            if field not in node.fields and isinstance(sub, dict):
                got = self.node(sub, field)
                # A bare {"enum": ...} or {} in an alternative repeats a property.
                if got.kind != ANY or "type" in sub or "$ref" in sub or not seen - {id(schema)}:
                    node.fields[field] = got
        for keyword in ("oneOf", "anyOf", "allOf"):
            for option in schema.get(keyword, []):
                if isinstance(option, dict):
                    self.collect(self.resolve(option)[0], node, name, seen)


def provider_schemas(data):
    """All types of all regions; us-east-1 decides where regions differ."""
    files = sorted((data / "providers").glob("*.py"), key=lambda f: (f.stem != "us_east_1", f.stem))
    schemas = {}
    for file in files:
        spec = importlib.util.spec_from_file_location(file.stem, file)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, digest in getattr(module, "types", {}).items():
            schemas.setdefault(name, data / "resources" / (digest + ".json"))
    return {
        name: Provider(json.loads(path.read_text()))
        for name, path in sorted(schemas.items())
        if re.fullmatch(r"\w+::\w+::\w+", name) and not name.startswith("AMZN::")
    }


# --- difference --------------------------------------------------------------

class Difference:
    """What must be merged into goformation's shape to get the provider's."""

    def __init__(self, review):
        self.review, self.pairs = review, {}

    def of(self, go, cfn, path):
        """Return a node to merge into go, or None when nothing differs."""
        if go.kind == "{" and cfn.kind == "{":
            key = (id(go), id(cfn))
            if key not in self.pairs:
                node = self.pairs[key] = Node("{", cfn.name)
                for name, sub in sorted(cfn.fields.items()):
                    if name not in go.fields:
                        node.fields[name] = sub
                    else:
                        found = self.of(go.fields[name], sub, f"{path}.{name}")
                        if found is not None:
                            node.fields[name] = found
            return self.pairs[key]
        if go.kind == cfn.kind:
            if go.kind in "[<":
                elem = self.of(go.elem, cfn.elem, path + go.kind)
                return None if elem is None else Node(go.kind, elem=elem)
            return None
        return self.other(go, cfn, path)

    def other(self, go, cfn, path):
        """Decide between two shapes of different kinds."""
        decided = cfn
        if cfn.kind == ANY and go.kind not in (STRING,):
            # The provider describes less than goformation.
            decided = None
        if self.review is not None:
            self.review.append((path, go.kind, cfn.kind, "goformation" if decided is None else "provider"))
        return decided


def useful(root):
    """The set of ids of nodes that change something, by fixpoint (cycles)."""
    nodes, stack = {}, [root]
    while stack:
        node = stack.pop()
        if id(node) in nodes:
            continue
        nodes[id(node)] = node
        stack.extend(node.fields.values())
        if node.elem is not None:
            stack.append(node.elem)
    found, changed = set(), True
    while changed:
        changed = False
        for key, node in nodes.items():
            if key in found:
                continue
            if (
                node.kind in LEAF
                or node.elem is not None and id(node.elem) in found
                or any(id(f) in found for f in node.fields.values())
            ):
                found.add(key)
                changed = True
    return found


# --- output ------------------------------------------------------------------

class Writer:
    """Writes one type: shared and recursive objects become lines of their own."""

    def __init__(self, root):
        self.keep, self.uses, self.names, self.lines = useful(root), {}, {}, []
        self.root = root
        self.count(root)

    def count(self, node):
        if id(node) not in self.keep:
            return
        self.uses[id(node)] = self.uses.get(id(node), 0) + 1
        if self.uses[id(node)] > 1:
            return
        for sub in node.fields.values():
            self.count(sub)
        if node.elem is not None:
            self.count(node.elem)

    def text(self, node, top=False):
        if node.kind in LEAF:
            return node.kind
        if node.kind == "[":
            return "[" + self.text(node.elem) + "]"
        if node.kind == "<":
            return "<" + self.text(node.elem) + ">"
        if not top and self.uses[id(node)] > 1:
            return "@" + self.define(node)
        return "{" + ",".join(
            f"{name}:{self.text(sub)}"
            for name, sub in sorted(node.fields.items())
            if id(sub) in self.keep
        ) + "}"

    def define(self, node):
        if id(node) not in self.names:
            base = name = node.name or "Root"
            count = 2
            while name in self.names.values():
                name, count = f"{base}{count}", count + 1
            self.names[id(node)] = name
            line = len(self.lines)
            self.lines.append("")
            self.lines[line] = f" {name} {self.text(node, top=True)}"
        return self.names[id(node)]


def type_lines(root, name):
    """The lines of one type."""
    w = Writer(root)
    first = f"{name} {w.text(root, top=w.uses[id(root)] == 1)}"
    return [first, *w.lines]


def main():
    review = [] if "--review" in sys.argv[1:] else None
    go_dir = subprocess.run(
        ["go", "list", "-m", "-f", "{{.Dir}}", GOFORMATION],
        cwd=HERE, check=True, capture_output=True, text=True,
    ).stdout.strip()
    structs = Structs(pathlib.Path(go_dir) / "cloudformation")
    package = importlib.util.find_spec("cfnlint").submodule_search_locations[0]
    schemas = provider_schemas(pathlib.Path(package) / "data" / "schemas")

    header = [
        "# Made by gen/newer.py from the resource provider schemas of",
        f"# cfn-lint {CFNLINT_VERSION}; do not edit. newer.go describes the format.",
    ]
    blocks = {name: [f"{name} {{}}"] for name in OPEN_TYPES}
    blocks.update((name, [f"{name} {text}"]) for name, text in CORRECTIONS.items())
    for name, provider in schemas.items():
        root, known = provider.root, name in structs.types
        if known and root.kind == "{":
            root = Difference(review).of(structs.resource(name), root, name)
        if id(root) in useful(root) and root.kind == "{":
            blocks[name] = type_lines(root, name)
        elif not known:
            blocks[name] = [f"{name} {{}}"]
    if review is not None:
        for row in sorted(review):
            print("\t".join(row))
        return
    for name, found, written in REPLACEMENTS:
        before = "\n".join(blocks[name])
        if found not in before:
            sys.exit(f"{name}: {found} is not there any more")
        blocks[name] = before.replace(found, written).split("\n")
    lines = header + [line for name in sorted(blocks) for line in blocks[name]]
    (HERE.parent / "newer.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
