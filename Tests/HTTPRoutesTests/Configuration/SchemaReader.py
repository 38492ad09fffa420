#!/usr/bin/env python3
"""Reads YAML files as an editor does and validates them: SchemaReader.py SCHEMA FILE…

One JSON object a line for each file: whether PyYAML can read it, whether it is valid, whether a key is unknown, and the first
message.
"""

import json
import re
import sys

import jsonschema
import yaml


class CoreLoader(yaml.SafeLoader):
    """PyYAML reads YAML 1.1, where `no` is false; this is the core schema of YAML 1.2."""

    yaml_implicit_resolvers = {}


def integer(loader, node):
    text = loader.construct_scalar(node)
    bases = {"0o": 8, "0x": 16}
    return int(text[2:], bases[text[:2]]) if text[:2] in bases else int(text)


for name, pattern, first in [
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", list("-+0123456789")),
    ("float", r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)$", list("-+.0123456789")),
    ("merge", r"^<<$", ["<"]),
]:
    CoreLoader.add_implicit_resolver("tag:yaml.org,2002:" + name, re.compile(pattern), first)
CoreLoader.add_constructor("tag:yaml.org,2002:int", integer)


def has_unknown_key(error):
    return error.validator == "additionalProperties" or any(has_unknown_key(inner) for inner in error.context or [])


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    for path in sys.argv[2:]:
        try:
            with open(path, "rb") as file:
                # JSON has texts for keys, whatever YAML takes them for. An empty file is a mapping without keys.
                document = json.loads(json.dumps(yaml.load(file, Loader=CoreLoader))) or {}
        except yaml.YAMLError as error:
            print(json.dumps({"isYAML": False, "isValid": False, "hasUnknownKey": False, "message": str(error)}))
            continue
        errors = list(validator.iter_errors(document))
        where = ".".join(str(part) for part in errors[0].absolute_path) if errors else ""
        message = f"{where}: {errors[0].message}"[:400] if errors else ""
        unknown = any(map(has_unknown_key, errors))
        print(json.dumps({"isYAML": True, "isValid": not errors, "hasUnknownKey": unknown, "message": message}))


main()
