#!/usr/bin/env python3
"""Verifies, lists and unpacks an ngbak archive; written from docs/FORMAT.md alone: read_ngbak.py ARCHIVE [NEW_FOLDER]"""
import gzip, hashlib, json, os, re, shutil, subprocess, sys, tarfile, tempfile, xml.etree.ElementTree as xml

FOLDERS = {("graph", "networkx"): "graph/", ("vector", "nano"): "vectors/nano/", ("kv", "json"): "kv/"}  # the forms decoded here

def check(right, why):
    if not right:
        raise ValueError(why)

def unpack(path, tar):
    with open(path, "rb", buffering=0) as file:
        start = file.read(4)  # the first bytes identify the compression
        file.seek(0)
        if start == b"\x28\xb5\x2f\xfd" or start[1:] == b"\x2a\x4d\x18":
            return subprocess.run(["zstd", "-dcq"], stdin=file, stdout=tar, check=True)
        shutil.copyfileobj(gzip.open(file) if start[:2] == b"\x1f\x8b" else file, tar, 1 << 20)

def records(path, file):
    if path.startswith("graph/"):
        return sum(element.tag.endswith(("}node", "}edge")) for _, element in xml.iterparse(file))
    return len(json.load(file)["data"] if path.startswith("vectors/") else json.load(file))

def main(archive, folder=None):
    unpack(archive, raw := tempfile.TemporaryFile())
    raw.seek(0)
    tar, found, lines = tarfile.open(fileobj=raw, mode="r:", encoding="utf-8", errors="strict"), {}, []
    for entry in tar:
        name = entry.name.removeprefix("./")
        check(entry.isdir() or entry.isreg() and not entry.issparse(), f"{name!r} is not a file")
        check(name not in found and not name.startswith("/") and ".." not in name.split("/"), f"{name!r}: repeated, or leads out of the folder")
        found.update({} if entry.isdir() else {name: entry})
    raw.seek(tar.offset)  # two records of zeros, and nothing but zeros after them
    end = raw.read(1 << 20)
    check(len(end) >= 1024 and not end.strip(b"\0") and not raw.read(1), "damaged or truncated, or data follows its end")
    entry = found.pop("manifest.json")
    text = tar.extractfile(entry).read(16 << 20)
    check(entry.pax_headers.get("comment") in (None, "sha256:" + hashlib.sha256(text).hexdigest()), "the manifest was changed")
    manifest = json.loads(text.decode("utf-8"))
    check(re.fullmatch(r"ngbak/1(\.\d+)*", manifest["format"]), f"unknown format {manifest['format']!r}")
    check(sorted(found) == sorted(file["path"] for file in manifest["files"]), "the files differ from those in the manifest")
    for file in sorted(manifest["files"], key=lambda file: file["path"].encode()):
        digest, content = hashlib.sha256(), tar.extractfile(found[file["path"]])
        for part in iter(lambda: content.read(1 << 20), b""):
            digest.update(part)
        check((content.tell(), digest.hexdigest()) == (file["size"], file["sha256"]), f"{file['path']} is damaged")
        lines.append(f"{file['sha256']}  {file['path']}\n")
    check(manifest["checksum"] == "sha256:" + hashlib.sha256("".join(lines).encode()).hexdigest(), "wrong checksum")
    for role, start in ((role, FOLDERS.get((role, name))) for role, name in manifest["storage_backends"].items()):
        count = sum(records(path, tar.extractfile(found[path])) for path in found if start and path.startswith(start))
        check(not start or manifest["stores"][role]["records"] in (None, count), f"{role} has {count} records")
    for path in sorted(found) if folder else ():
        os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
        shutil.copyfileobj(tar.extractfile(found[path]), open(os.path.join(folder, path), "xb"))
    print(*lines, f"{manifest['backup_id']} is whole: {len(lines)} files\n", sep="", end="")

try:
    main(*sys.argv[1:])
except Exception as problem:
    sys.exit(f"refused: {problem}")
