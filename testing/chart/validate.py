#!/usr/bin/env python3
"""Validates Kubernetes manifests from standard input. The argument is a folder with Kubernetes' OpenAPI documents.

Unknown fields are errors, as with `kubectl apply --validate=strict`.
"""

import json
import pathlib
import sys

import jsonschema
import yaml

FOLDER = pathlib.Path(sys.argv[1])


def strict(schema):
    """Forbids unknown fields in every object whose fields are known."""
    if isinstance(schema, dict):
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for part in schema.values():
            strict(part)
    elif isinstance(schema, list):
        for part in schema:
            strict(part)
    return schema


def document(api_version):
    name = ("apis/" if "/" in api_version else "api/") + api_version
    return strict(json.loads((FOLDER / (name + ".json")).read_text()))


def errors(manifest):
    group, _, version = manifest["apiVersion"].rpartition("/")
    kind = {"group": group, "version": version, "kind": manifest["kind"]}
    schemas = document(manifest["apiVersion"])
    for name, schema in schemas["components"]["schemas"].items():
        if kind in schema.get("x-kubernetes-group-version-kind", []):
            schemas["$ref"] = "#/components/schemas/" + name
            return jsonschema.Draft4Validator(schemas).iter_errors(manifest)
    raise SystemExit(f"There is no schema for {kind}")


def main():
    failed = False
    manifests = [manifest for manifest in yaml.safe_load_all(sys.stdin) if manifest]
    for manifest in manifests:
        for error in errors(manifest):
            failed = True
            path = "/".join(str(part) for part in error.absolute_path)
            print(f"{manifest['kind']} {manifest['metadata']['name']}: {path}: {error.message}", file=sys.stderr)
    if failed or not manifests:
        raise SystemExit(1)
    print("valid: " + ", ".join(manifest["kind"] for manifest in manifests))


main()
