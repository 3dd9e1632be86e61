"""Athena for tests: the SQL of a query is executed by DuckDB, on the objects that the
tables of the Glue catalogue are about.

What a table is read as follows https://docs.aws.amazon.com/athena/latest/ug/: its
columns and types as they are declared, by its SerDe, in its partitions or as its
projection says. What it does not support fails, and says so.
"""

import csv
import datetime
import decimal
import functools
import gzip
import io
import json
import os
import re
import tempfile


class QueryFailed(Exception):
    """A query that Athena would end as FAILED, with this reason."""


# --- Types: a tree of (name, parameters) ---


@functools.cache
def hive_type(text):
    """Reads a type of Hive: ("array", element), ("map", key, value), ("struct",
    ((name, type), ...)) or (name, text)."""
    text = text.strip()
    name, _, rest = text.partition("<")
    name = name.strip().lower()
    if rest and not rest.rstrip().endswith(">"):
        raise QueryFailed(f"HIVE_INVALID_METADATA: the type {text!r} cannot be read")
    parts = split_types(rest.rstrip()[:-1]) if rest else []
    if name == "array" and len(parts) == 1:
        return ("array", hive_type(parts[0]))
    if name == "map" and len(parts) == 2:
        return ("map", hive_type(parts[0]), hive_type(parts[1]))
    if name == "struct" and parts:
        fields = [p.partition(":") for p in parts]
        return ("struct", tuple((f.strip().lower(), hive_type(t)) for f, _, t in fields))
    base = name.partition("(")[0]
    if rest or base not in SCALARS:
        raise QueryFailed(f"HIVE_INVALID_METADATA: the type {text!r} is not supported")
    return (base, name)


def split_types(text):
    out, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c in "<(") - (c in ">)")
        if c == "," and depth == 0:
            out.append(text[start:i])
            start = i + 1
    return out + [text[start:]]


SCALARS = {
    "string": "VARCHAR", "varchar": "VARCHAR", "char": "VARCHAR", "boolean": "BOOLEAN", "tinyint": "TINYINT", "smallint": "SMALLINT",
    "int": "INTEGER", "integer": "INTEGER", "bigint": "BIGINT", "float": "FLOAT", "double": "DOUBLE", "date": "DATE", "timestamp": "TIMESTAMP",
    "decimal": None, "binary": "BLOB",
}


def duck_type(t):
    if t[0] == "array":
        return duck_type(t[1]) + "[]"
    if t[0] == "map":
        return f"MAP({duck_type(t[1])}, {duck_type(t[2])})"
    if t[0] == "struct":
        return "STRUCT(" + ", ".join(f"{quoted(n)} {duck_type(f)}" for n, f in t[1]) + ")"
    return SCALARS[t[0]] or (t[1] if "(" in t[1] else "decimal(10,0)").upper()


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


# --- Values ---


def convert(value, t, where):
    """A JSON value as one of a type; what cannot be one fails as in the SerDe."""
    if value is None:
        return None
    if t[0] == "array":
        if not isinstance(value, list):
            raise bad(where, t, value)
        return [convert(v, t[1], where) for v in value]
    if t[0] == "map":
        if not isinstance(value, dict):
            raise bad(where, t, value)
        return {k: convert(v, t[2], where) for k, v in value.items()}
    if t[0] == "struct":
        if not isinstance(value, dict):
            raise bad(where, t, value)
        lower = {k.lower(): v for k, v in value.items()}
        return {n: convert(lower.get(n), f, where) for n, f in t[1]}
    return scalar(value, t, where)


def bad(where, t, value):
    kind = {dict: "an object", list: "a list", str: "a text", bool: "a boolean"}.get(type(value), "a number")
    return QueryFailed(f"HIVE_BAD_DATA: {where}: the value is {kind}, and the column has the type {t[0]}")


def scalar(value, t, where):
    kind = t[0]
    if kind in ("string", "varchar", "char"):
        return value if isinstance(value, str) else json.dumps(value)
    if isinstance(value, (dict, list)):
        raise bad(where, t, value)
    try:
        if kind == "boolean":
            return {"true": True, "false": False}[str(value).lower()]
        if kind in ("tinyint", "smallint", "int", "integer", "bigint"):
            if isinstance(value, bool) or isinstance(value, float) and value != int(value):
                raise bad(where, t, value)
            return int(value)
        if kind in ("float", "double"):
            if isinstance(value, bool):
                raise bad(where, t, value)
            return float(value)
        if kind == "date":
            return datetime.date.fromisoformat(value).isoformat()
        if kind == "timestamp":
            at = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
            if at.tzinfo:
                at = at.astimezone(datetime.timezone.utc).replace(tzinfo=None)
            return at.isoformat(sep=" ")
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        raise bad(where, t, value) from e
    return value


# --- Rows of objects, by SerDe ---


def json_rows(body, columns, serde, where):
    properties = serde.get("Parameters") or {}
    names = {c: properties.get("mapping." + c, c).lower() for c, _ in columns}
    lenient = properties.get("ignore.malformed.json", "false").lower() == "true"
    for number, line in enumerate(body.decode().split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            if not isinstance(value, dict):
                raise ValueError
        except ValueError:
            if lenient:
                yield {c: None for c, _ in columns}
                continue
            raise QueryFailed(f"HIVE_CURSOR_ERROR: Row is not a valid JSON Object - {where}, line {number}")
        lower = {k.lower(): v for k, v in value.items()}
        yield {c: convert(lower.get(names[c]), t, f"{where}, line {number}, {c}") for c, t in columns}


def csv_rows(body, columns, serde, where):
    properties = serde.get("Parameters") or {}
    library = serde["SerializationLibrary"]
    if library.endswith("OpenCSVSerde"):
        reader = csv.reader(io.StringIO(body.decode()), delimiter=properties.get("separatorChar", ","), quotechar=properties.get("quoteChar", '"'))
    else:
        delimiter = properties.get("field.delim", properties.get("serialization.format", "\x01"))
        reader = (line.split(delimiter) for line in body.decode().splitlines())
    for i, row in enumerate(reader):
        if i < int(properties.get("skip.header.line.count", 0)) or not row:
            continue
        out = {}
        for j, (c, t) in enumerate(columns):
            text = row[j] if j < len(row) else None
            if text in ("", "\\N") and t[0] not in ("string", "varchar", "char"):
                text = None
            try:
                out[c] = None if text is None else scalar(text, t, where)
            except QueryFailed:
                if library.endswith("OpenCSVSerde"):
                    raise
                out[c] = None  # the simple SerDe reads what is none as NULL
        yield out


ROWS = {
    "org.openx.data.jsonserde.JsonSerDe": json_rows, "org.apache.hive.hcatalog.data.JsonSerDe": json_rows,
    "org.apache.hadoop.hive.serde2.OpenCSVSerde": csv_rows, "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe": csv_rows,
}
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


# --- Partitions ---

UNITS = {"YEARS": 365, "MONTHS": 30, "WEEKS": 7, "DAYS": 1, "HOURS": 1 / 24, "MINUTES": 1 / 1440, "SECONDS": 1 / 86400}


def strptime_format(java):
    for a, b in (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M"), ("ss", "%S"), ("'", "")):
        java = java.replace(a, b)
    return java


def bound(text, form):
    text = text.strip()
    if not text.startswith("NOW"):
        return datetime.datetime.strptime(text, form)
    at = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    shift = re.fullmatch(r"NOW(?:([+-]\d+)([A-Z]+))?", text.replace(" ", ""))
    if not shift:
        raise QueryFailed(f"INVALID_TABLE_PROPERTY: the range {text!r} cannot be read")
    if shift.group(1):
        unit = shift.group(2) if shift.group(2).endswith("S") else shift.group(2) + "S"
        at += datetime.timedelta(days=int(shift.group(1)) * UNITS[unit])
    return at


def projected(column, value, parameters):
    """Whether a projection has a value."""
    get = lambda name, default=None: parameters.get(f"projection.{column}.{name}", default)
    kind = get("type")
    if kind == "enum":
        return value in get("values").split(",")
    if kind == "integer":
        first, last = (int(x) for x in get("range").split(","))
        digits = int(get("digits", 0))
        return value.isdigit() and first <= int(value) <= last and (len(value) == digits if digits else str(int(value)) == value)
    if kind == "date":
        form = strptime_format(get("format"))
        first, last = (bound(x, form) for x in get("range").split(","))
        try:
            at = datetime.datetime.strptime(value, form)
        except ValueError:
            return False
        # A partition of a day is there on the day of the first moment.
        return at.strftime(form) == value and first.strftime("%Y%m%d%H%M%S")[:8] <= at.strftime("%Y%m%d") and at <= last
    if kind == "injected":
        return True
    raise QueryFailed(f"INVALID_TABLE_PROPERTY: the projection of {column} has no type that is known")


class Reader:
    """Reads tables of an account."""

    def __init__(self, catalogue, s3, default, folder):
        self.catalogue, self.s3, self.default, self.folder = catalogue, s3, default, folder
        self.scanned = 0

    def definition(self, database, name):
        try:
            table = self.catalogue.get_table(database.lower(), name.lower())
        except Exception as e:
            raise QueryFailed(f"TABLE_NOT_FOUND: Table 'awsdatacatalog.{database}.{name}' does not exist") from e
        return table, table.versions[str(table._current_version)]

    def list(self, location):
        bucket, prefix = re.fullmatch(r"s3://([^/]+)/?(.*)", location).groups()
        token = {}
        while True:
            try:
                page = self.s3.list_objects_v2(Bucket=bucket, Prefix=prefix, **token)
            except Exception as e:
                raise QueryFailed(f"HIVE_METASTORE_ERROR: {location}: {e}") from e
            for o in page.get("Contents", []):
                rest = o["Key"][len(prefix):]
                # Hidden: https://repost.aws/knowledge-center/athena-empty-results
                if o["Size"] and not any(part[:1] in ("_", ".") for part in rest.split("/")):
                    yield bucket, o["Key"]
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def read(self, bucket, key):
        body = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        self.scanned += len(body)
        return gzip.decompress(body) if key.endswith(".gz") else body

    def objects(self, table, definition, keys, constants):
        """The objects of a table, with the values of their partitions."""
        descriptor = definition.get("StorageDescriptor") or {}
        location = descriptor.get("Location")
        if not location:
            raise QueryFailed(f"HIVE_INVALID_METADATA: table {table.name} has no location")
        slash = location if location.endswith("/") else location + "/"
        parameters = definition.get("Parameters") or {}
        if not keys:
            yield from (((), b, k) for b, k in self.list(slash))
        elif parameters.get("projection.enabled", "false").lower() != "true":
            for p in table.partitions.values():
                where = (p.partition_input.get("StorageDescriptor") or {}).get("Location") or slash
                where = where if where.endswith("/") else where + "/"
                yield from ((tuple(p.values), b, k) for b, k in self.list(where))
        else:
            for name, _ in keys:
                if parameters.get(f"projection.{name}.type") == "injected" and name not in constants:
                    raise QueryFailed(
                        f"CONSTRAINT_VIOLATION: For the injected projected partition column {name}, the WHERE clause must contain only static equality conditions, and at least one such condition must be present."
                    )
            template = parameters.get("storage.location.template") or slash + "/".join(f"{n}=${{{n}}}" for n, _ in keys) + "/"
            template = template if template.endswith("/") else template + "/"
            pieces = re.split(r"\$\{(\w+)\}", template)
            pattern = re.compile("".join(re.escape(p) if i % 2 == 0 else f"(?P<{p.lower()}>[^/]+)" for i, p in enumerate(pieces)))
            for b, k in self.list(pieces[0]):
                match = pattern.match(f"s3://{b}/{k}")
                if match and all(projected(n, match.group(n), parameters) for n, _ in keys):
                    yield tuple(match.group(n) for n, _ in keys), b, k

    def load(self, connection, database, name, constants):
        table, definition = self.definition(database, name)
        descriptor = definition.get("StorageDescriptor") or {}
        columns = [(c["Name"].lower(), hive_type(c["Type"])) for c in descriptor.get("Columns") or []]
        keys = [(c["Name"].lower(), hive_type(c["Type"])) for c in definition.get("PartitionKeys") or []]
        serde = descriptor.get("SerdeInfo") or {}
        library = serde.get("SerializationLibrary")
        if not library or not descriptor.get("InputFormat"):
            raise QueryFailed(f"HIVE_UNSUPPORTED_FORMAT: Unable to create input format: table {name} needs InputFormat and SerdeInfo.SerializationLibrary")
        target = f"{quoted(database.lower())}.{quoted(name.lower())}"
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(database.lower())}")
        connection.execute(f"CREATE TABLE {target} ({', '.join(f'{quoted(n)} {duck_type(t)}' for n, t in columns + keys)})")
        path = os.path.join(self.folder, f"{database}-{name}.json")
        count = 0
        with open(path, "w") as lines:
            for values, bucket, key in self.objects(table, definition, keys, constants):
                if any(v not in constants.get(n, {v}) for (n, t), v in zip(keys, values) if t[0] == "string"):
                    continue
                where = f"s3://{bucket}/{key}"
                part = {n: scalar(v, t, where) for (n, t), v in zip(keys, values)}
                body = self.read(bucket, key)
                if library == PARQUET:
                    self.parquet(connection, target, body, columns, keys, part)
                    continue
                if library not in ROWS:
                    raise QueryFailed(f"HIVE_UNSUPPORTED_FORMAT: the SerDe {library} is not supported here")
                for row in ROWS[library](body, columns, serde, where):
                    lines.write(json.dumps({**row, **part}) + "\n")
                    count += 1
        if count:
            types = "{" + ", ".join(f"{text_literal(n)}: {text_literal(duck_type(t))}" for n, t in columns + keys) + "}"
            connection.execute(f"INSERT INTO {target} SELECT * FROM read_json({text_literal(path)}, format='newline_delimited', maximum_object_size=67108864, columns={types})")

    def parquet(self, connection, target, body, columns, keys, part):
        with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".parquet") as f:
            f.write(body)
            f.flush()
            has = {r[0].lower(): r[0] for r in connection.execute(f"DESCRIBE SELECT * FROM read_parquet({text_literal(f.name)})").fetchall()}
            values = [f"CAST({quoted(has[n])} AS {duck_type(t)})" if n in has else "NULL" for n, t in columns]
            values += [f"CAST({text_literal(str(part[n]))} AS {duck_type(t)})" for n, t in keys]
            connection.execute(f"INSERT INTO {target} SELECT {', '.join(values)} FROM read_parquet({text_literal(f.name)})")


def text_literal(text):
    return "'" + text.replace("'", "''") + "'"


# --- Statements ---

MACROS = """
CREATE MACRO from_iso8601_timestamp(s) AS CAST(s AS TIMESTAMPTZ);
CREATE MACRO from_iso8601_date(s) AS CAST(s AS DATE);
CREATE MACRO to_unixtime(t) AS epoch(t);
CREATE MACRO cardinality(l) AS len(l);
CREATE MACRO element_at(l, k) AS l[k];
CREATE MACRO array_join(l, s) AS array_to_string(l, s);
CREATE MACRO any_match(l, f) AS len(list_filter(l, f)) > 0;
CREATE MACRO json_array_length(j) AS json_array_length(CAST(j AS JSON));
"""


def statement(sql, parameters):
    """Reads a statement, with its parameters in their places."""
    import sqlglot
    from sqlglot import exp

    try:
        trees = [t for t in sqlglot.parse(with_parameters(sql, parameters), read="athena") if t]
    except sqlglot.errors.ParseError as e:
        first = e.errors[0] if e.errors else {}
        raise QueryFailed(f"SYNTAX_ERROR: line {first.get('line')}:{first.get('col')}: {first.get('description', e)}") from e
    if len(trees) != 1:
        raise QueryFailed("Only one sql statement is allowed.")
    tree = trees[0]
    if not isinstance(tree, (exp.Query, exp.DDL, exp.DML, exp.Command, exp.Drop, exp.Alter, exp.Describe, exp.Show)):
        raise QueryFailed(f"SYNTAX_ERROR: line 1:1: mismatched input '{sql.split()[0]}'")
    if not isinstance(tree, exp.Query):
        raise QueryFailed(f"NOT_SUPPORTED: {tree.key.upper()} is not executed here, only queries are")
    return tree


def with_parameters(sql, parameters):
    """The text of a statement with literals in the place of its question marks."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.tokens import TokenType

    try:
        places = [t for t in sqlglot.tokenize(sql, read="athena") if t.token_type == TokenType.PLACEHOLDER]
    except sqlglot.errors.TokenError as e:
        raise QueryFailed(f"SYNTAX_ERROR: line 1:1: {e}") from e
    if len(places) != len(parameters):
        raise QueryFailed(f"INVALID_PARAMETER_USAGE: Incorrect number of parameters: expected {len(places)} but found {len(parameters)}")
    for place, text in reversed(list(zip(places, parameters))):
        try:
            value = sqlglot.parse_one(text, read="athena")
        except sqlglot.errors.SqlglotError:
            value = None
        if value is None or isinstance(value, exp.Column):
            raise QueryFailed(f"INVALID_PARAMETER_USAGE: the parameter {text!r} is no literal: texts need single quotes")
        sql = sql[: place.start] + text + sql[place.end + 1 :]
    return sql


def tables_of(tree, default):
    """The tables of the catalogue that a query reads; their names become full."""
    from sqlglot import exp

    local = {c.alias_or_name.lower() for c in tree.find_all(exp.CTE)}
    out = set()
    for t in tree.find_all(exp.Table):
        if not t.name or not t.db and t.name.lower() in local:
            continue
        database = t.db or default
        if not database:
            raise QueryFailed(f"MISSING_SCHEMA_NAME: the table {t.name} needs a database")
        if database.lower() == "information_schema":
            raise QueryFailed("NOT_SUPPORTED: information_schema is not here")
        alias = t.alias or t.name
        t.set("catalog", None)
        t.set("db", exp.to_identifier(database.lower(), quoted=True))
        t.set("this", exp.to_identifier(t.name.lower(), quoted=True))
        if not t.args.get("alias"):
            t.set("alias", exp.TableAlias(this=exp.to_identifier(alias)))
        out.add((database.lower(), t.name.lower()))
    return out


def constants_of(tree):
    """What queries compare columns of a table with, so that only some partitions are
    read: {table: {column: texts}}. It has what every use of a table demands."""
    from sqlglot import exp

    out = {}
    for t in tree.find_all(exp.Table):
        select = t.find_ancestor(exp.Select)
        where = select and select.args.get("where")
        found = {}
        for part in where.this.flatten() if where and isinstance(where.this, exp.And) else [where.this] if where else []:
            part = part.unnest()
            if isinstance(part, exp.EQ):
                sides = [part.left, part.right]
                columns, values = [x for x in sides if isinstance(x, exp.Column)], [x for x in sides if isinstance(x, exp.Literal)]
            elif isinstance(part, exp.In) and not part.args.get("query"):
                columns, values = [x for x in [part.this] if isinstance(x, exp.Column)], part.expressions
            else:
                continue
            if len(columns) == 1 and values and all(isinstance(v, exp.Literal) for v in values) and columns[0].table in ("", t.alias_or_name):
                texts = {v.this for v in values}
                name = columns[0].name.lower()
                found[name] = found.get(name, texts) & texts
        key = (t.db, t.name)
        if key not in out:
            out[key] = found
        else:
            out[key] = {n: out[key][n] | found[n] for n in out[key].keys() & found.keys()}
    return out


def execute(catalogue, s3, sql, database, parameters):
    """Returns columns [(name, type)], rows of texts, and the bytes that were read."""
    import duckdb

    tree = statement(sql, parameters)
    wanted = tables_of(tree, database)
    with tempfile.TemporaryDirectory() as folder:
        connection = duckdb.connect(":memory:")
        try:
            connection.execute("SET threads=1; SET TimeZone='UTC'; SET default_null_order='nulls_last'")
            for macro in MACROS.strip().split("\n"):
                connection.execute(macro)
            reader = Reader(catalogue, s3, database, folder)
            constants = constants_of(tree)
            schema = {}
            for db, name in sorted(wanted):
                reader.load(connection, db, name, constants.get((db, name), {}))
                described = connection.execute(f"DESCRIBE {quoted(db)}.{quoted(name)}").fetchall()
                schema.setdefault(db, {})[name] = {row[0]: row[1] for row in described}
            cursor = connection.execute(translated(tree, schema))
            columns = [(re.sub(r"^_col_(\d+)$", r"_col\1", d[0]), athena_type(str(d[1]))) for d in cursor.description]
            rows = [[text(v, str(d[1])) for v, d in zip(row, cursor.description)] for row in cursor.fetchall()]
            return columns, rows, reader.scanned
        except duckdb.Error as e:
            raise QueryFailed(reason(str(e))) from e
        finally:
            connection.close()


def translated(tree, schema):
    """The query for DuckDB. The types of columns decide what a division is, and a
    percentile."""
    from sqlglot import exp
    from sqlglot.optimizer.annotate_types import annotate_types
    from sqlglot.optimizer.qualify_columns import qualify_columns

    try:
        typed = annotate_types(qualify_columns(tree.copy(), schema=schema, expand_stars=False, expand_alias_refs=False), schema=schema)
    except Exception:
        typed = tree.copy()  # what is wrong with it, DuckDB says
    for n in list(typed.find_all(exp.ApproxQuantile)):
        whole = n.this.is_type(*exp.DataType.INTEGER_TYPES)
        n.replace(exp.Anonymous(this="quantile_disc" if whole else "quantile_cont", expressions=[n.this, n.args["quantile"]]))
    return typed.sql(dialect="duckdb")


def reason(text):
    first = text.split("\n")[0]
    unknown = re.search(r'(?:[Cc]olumn|does not have a column named) "([^"]+)"', first)
    if unknown:
        return f"COLUMN_NOT_FOUND: line 1:1: Column '{unknown.group(1)}' cannot be resolved or requester is not authorized to access requested resources"
    return f"SYNTAX_ERROR: {first}"


def athena_type(duck):
    base = duck.upper()
    if base.endswith("[]"):
        return "array"
    for name, out in (
        ("STRUCT", "row"), ("MAP", "map"), ("DECIMAL", "decimal"), ("TIMESTAMP WITH TIME ZONE", "timestamp with time zone"), ("TIMESTAMPTZ", "timestamp with time zone"),
        ("TIMESTAMP", "timestamp"), ("DATE", "date"), ("TIME", "time"), ("HUGEINT", "bigint"), ("UBIGINT", "bigint"), ("BIGINT", "bigint"),
        ("INTEGER", "integer"), ("SMALLINT", "smallint"), ("TINYINT", "tinyint"), ("DOUBLE", "double"), ("FLOAT", "float"), ("BOOLEAN", "boolean"),
        ("BLOB", "varbinary"), ("JSON", "json"),
    ):
        if base.startswith(name):
            return out
    return "varchar"


def text(value, duck):
    """A value as Athena writes it; None for NULL."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return java_double(value)
    if isinstance(value, datetime.datetime):
        out = value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"
        return out + " UTC" if value.tzinfo else out
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(text(v, "") or "null" for v in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{text(k, '')}={text(v, '') if v is not None else 'null'}" for k, v in value.items()) + "}"
    if isinstance(value, bytes):
        return value.hex(" ")
    return str(value)


def java_double(value):
    """A double as Java's Double.toString writes it."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        out = format(decimal.Decimal(repr(value)), "f")
        return out if "." in out else out + ".0"
    sign, digits, exponent = decimal.Decimal(repr(value)).normalize().as_tuple()
    first, *rest = map(str, digits)
    return f"{'-' * sign}{first}.{''.join(rest) or '0'}E{exponent + len(rest)}"
