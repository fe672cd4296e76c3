#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets the real LightRAG judge backups and restores.

    python judge.py files|servers|convert --ngbak "java -jar backup-server.jar"

In an environment with the packages of samples/lightrag/requirements.txt.  For "servers" and "convert" also those of
requirements-servers.txt, and LightRAG's own variables (NEO4J_URI, NEO4J_USERNAME, NEO4J_PASSWORD, QDRANT_URL,
REDIS_URI) name empty servers.

Three workspaces whose names begin with each other are filled.  The middle one is backed up, changed and restored.  Then
LightRAG must answer about it as before, the other two must have the same content as before, and LightRAG must go on
inserting and deleting.  The same holds for a copy under another name, for a restore on another host, and with "convert"
for a restore from files to servers and from there to files.

Another host is another folder, and for servers the servers that OTHER_NEO4J_URI, OTHER_QDRANT_URL,
OTHER_QDRANT_GRPC_PORT and OTHER_REDIS_URI name.
"""

import argparse
import asyncio
import json
import os
import shlex
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "samples" / "lightrag"))

import make_rag_storage as sample  # noqa: E402

WORKSPACES = {
    "ws": ["05_harbour_bulletin.txt"],
    "ws_2": ["01_the_light_on_graskjaer.txt", "02_lindqvist_and_daughters.txt"],
    "ws_22": ["03_the_lantern_regatta.txt"],
}
JUDGED = "ws_2"
COPY = "ws_2_copy"
ADDED = "04_the_museum_of_lost_cargo.txt"
FILES = {
    "kv_storage": "JsonKVStorage",
    "doc_status_storage": "JsonDocStatusStorage",
    "vector_storage": "NanoVectorDBStorage",
    "graph_storage": "NetworkXStorage",
}
MODES = ["local", "global", "naive", "mix"]
QUESTION = "Who keeps Gråskjær Light?"


class Host:
    """LightRAG's stores at one place, and ngbak with the same settings."""

    def __init__(self, ngbak, root, stores, variables):
        self.command = shlex.split(ngbak)
        self.folder = root / "rag_storage"
        self.folder.mkdir(parents=True)
        self.inputs = root / "inputs på Gråskjær"
        self.stores = stores
        self.variables = {
            **variables,
            "GRAPHRAG_SYSTEM": "lightrag",
            "WORKING_DIR": str(self.folder),
            "INPUT_DIR": str(self.inputs),
            "EMBEDDING_MODEL": "stub-hash",
            **{"LIGHTRAG_" + name.upper(): value for name, value in stores.items()},
        }

    def run(self, workspace, *arguments, succeeds=True):
        environment = {**os.environ, **self.variables, "WORKSPACE": workspace}
        done = subprocess.run([*self.command, *arguments, "--json"], env=environment, capture_output=True, text=True)
        if succeeds != (done.returncode == 0):
            sys.exit(f"ngbak {shlex.join(arguments)} of {workspace} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return json.loads(done.stdout.splitlines()[-1])

    def digests(self, workspace):
        """Returns the content digests of a workspace's stores, from an archive of it."""
        with tarfile.open(self.path(self.run(workspace, "backup")["backup_id"])) as archive:
            stores = json.load(archive.extractfile("manifest.json"))["stores"]
        return {role: store["content_digest"] for role, store in stores.items()}

    def path(self, archive):
        return f"{self.variables['BACKUP_DIR']}/{archive}.ngbak"

    def others(self):
        return {workspace: self.digests(workspace) for workspace in WORKSPACES if workspace != JUDGED}

    async def opened(self, workspace, work, *arguments):
        """Opens LightRAG as a new process would: nothing is left in memory from before."""
        from lightrag.kg.shared_storage import finalize_share_data, initialize_share_data

        os.environ.update(self.variables)
        finalize_share_data()
        initialize_share_data(1)
        rag = sample.open_rag(self.folder, workspace, self.stores)
        await rag.initialize_storages()
        try:
            return await work(rag, *arguments)
        finally:
            await rag.finalize_storages()


async def answers(rag):
    """Returns the contexts that LightRAG would give a model, with their lines sorted: Neo4j orders equals as it likes."""
    from lightrag import QueryParam

    found = {}
    for mode in MODES:
        context = await rag.aquery(QUESTION, param=QueryParam(mode=mode, only_need_context=True))
        found[mode] = sorted(context.splitlines())
    return found


def unordered(contexts):
    """Sorts joined descriptions: LightRAG joins them in the order of the seconds in which it got them."""
    def parts(line):
        values = json.loads(line).values() if line.startswith("{") else [line]
        return sorted(part for value in values for part in str(value).split("<SEP>"))

    return {mode: sorted(parts(line) for line in lines) for mode, lines in contexts.items()}


async def insert(rag, name):
    text = (sample.SHARED / "texts" / name).read_text("utf-8")
    await rag.ainsert(text, file_paths=name)


async def documents(rag):
    """Returns the statuses of all documents by their ids, which are in a fixed order."""
    from lightrag.base import DocStatus

    return dict(sorted((await rag.doc_status.get_docs_by_statuses(list(DocStatus))).items()))


async def delete(rag, name):
    rows = await documents(rag)
    return await rag.adelete_by_doc_id(next(key for key, row in rows.items() if row.file_path == name))


def check(condition, what):
    print(("ok    " if condition else "WRONG ") + what, flush=True)
    if not condition:
        sys.exit(1)


async def fill(host, workspaces):
    for workspace in workspaces:
        for name in WORKSPACES[workspace]:
            await host.opened(workspace, insert, name)


async def goes_on(host, workspace, changed, where):
    """Checks that LightRAG inserts with the same result as the first time, and deletes."""
    await host.opened(workspace, insert, ADDED)
    again = await host.opened(workspace, answers)
    check(unordered(again) == unordered(changed), f"LightRAG goes on inserting{where}, with the same result as the first time")
    result = await host.opened(workspace, delete, ADDED)
    check(result.status == "success", f"LightRAG goes on deleting{where}")
    check(host.run(workspace, "check")["ok"], f"ngbak check finds no error{where} after that")


async def same_answers(host, workspace, before, where):
    after = await host.opened(workspace, answers)
    for mode in MODES:
        check(after[mode] == before[mode], f"LightRAG answers as before in the mode {mode}{where}")
    check(host.run(workspace, "check")["ok"], f"ngbak check finds no error{where}")


def same_others(host, others):
    for workspace, digests in others.items():
        check(host.digests(workspace) == digests, f"the workspace {workspace} has the same content as before")


async def judge_undo(host):
    """Returns the archive, the digests of the others, and the answers from before another insert and after it."""
    await fill(host, WORKSPACES)
    before = await host.opened(JUDGED, answers)
    check(all(any("Gråskjær" in line for line in before[mode]) for mode in MODES), "LightRAG finds the light in every mode")
    archive = host.run(JUDGED, "backup")["backup_id"]
    others = host.others()

    await host.opened(JUDGED, insert, ADDED)
    changed = await host.opened(JUDGED, answers)
    check(changed != before, "another document changes the answers")

    host.run(JUDGED, "restore", archive, "--yes")
    await same_answers(host, JUDGED, before, "")
    same_others(host, others)
    await goes_on(host, JUDGED, changed, "")
    return archive, others, before, changed


async def judge_copy(host, archive, others, before, changed):
    others = {**others, JUDGED: host.digests(JUDGED)}
    copy = ["restore", archive, "--as", COPY, "--yes"]
    host.run(JUDGED, *copy)
    await same_answers(host, COPY, before, " about the copy")
    await goes_on(host, COPY, changed, " in the copy")
    host.run(JUDGED, *copy, succeeds=False)
    host.run(JUDGED, *copy, "--replace")
    await same_answers(host, COPY, before, " about the replaced copy")
    same_others(host, others)


async def place(rag, folder):
    """Gives each document the location of a parsed file, as LightRAG's parsers do. One is in another folder."""
    from lightrag.utils_pipeline import sidecar_uri_for

    for number, key in enumerate(await documents(rag)):
        row = await rag.full_docs.get_by_id(key)
        row["sidecar_location"] = sidecar_uri_for(f"{folder}{' 2' * (number == 0)}/{number}.parsed")
        await rag.full_docs.upsert({key: row})
    await rag.full_docs.index_done_callback()


async def places(rag):
    from lightrag.utils_pipeline import resolve_sidecar_uri

    rows = [await rag.full_docs.get_by_id(key) for key in await documents(rag)]
    return [str(resolve_sidecar_uri(row["sidecar_location"])) for row in rows]


async def judge_move(host, other, archive, before, changed):
    host.run(JUDGED, "restore", archive, "--yes")
    await host.opened(JUDGED, place, host.inputs)
    located = await host.opened(JUDGED, places)
    located_archive = host.run(JUDGED, "backup")["backup_id"]
    mapping = f"{host.inputs}={other.inputs}"
    other.run(JUDGED, "restore", host.path(located_archive), "--map-path", mapping, "--yes")
    await same_answers(other, JUDGED, before, " on the other host")
    moved = await other.opened(JUDGED, places)
    expected = [located[0], *(path.replace(str(host.inputs), str(other.inputs)) for path in located[1:])]
    check(moved == expected, "LightRAG finds its parsed files in the input folder of the other host")
    await goes_on(other, JUDGED, changed, " on the other host")


async def judge_conversion(files, servers, again):
    await fill(files, [JUDGED])
    await fill(servers, [workspace for workspace in WORKSPACES if workspace != JUDGED])
    before = await files.opened(JUDGED, answers)
    archive = files.run(JUDGED, "backup")["backup_id"]
    await files.opened(JUDGED, insert, ADDED)
    changed = await files.opened(JUDGED, answers)

    others = servers.others()
    servers.run(JUDGED, "restore", archive, "--convert", "--yes")
    await same_answers(servers, JUDGED, before, " on the servers")
    same_others(servers, others)
    converted = servers.run(JUDGED, "backup")["backup_id"]
    await goes_on(servers, JUDGED, changed, " on the servers")
    same_others(servers, others)

    again.run(JUDGED, "restore", converted, "--convert", "--yes")
    await same_answers(again, JUDGED, before, " in files again")
    await goes_on(again, JUDGED, changed, " in files again")


def other_servers():
    """Returns the variables of the servers of another host, or nothing if they are not set."""
    names = ["NEO4J_URI", "QDRANT_URL", "QDRANT_GRPC_PORT", "REDIS_URI"]
    return {name: os.environ["OTHER_" + name] for name in names if "OTHER_" + name in os.environ}


async def judge(stores, ngbak, root):
    backups = {"BACKUP_DIR": str(root / "backups")}
    if stores == "convert":
        await judge_conversion(
            Host(ngbak, root / "files", FILES, backups),
            Host(ngbak, root / "servers", sample.SERVERS, backups),
            Host(ngbak, root / "again", FILES, backups))
        return
    used = sample.SERVERS if stores == "servers" else FILES
    host = Host(ngbak, root / "first", used, backups)
    archive, others, before, changed = await judge_undo(host)
    await judge_copy(host, archive, others, before, changed)
    if stores == "servers" and not other_servers():
        print("SKIPPED: the restore on another host, because OTHER_NEO4J_URI and the others are not set")
        return
    elsewhere = {"BACKUP_DIR": str(root / "other backups"), **(other_servers() if stores == "servers" else {})}
    await judge_move(host, Host(ngbak, root / "second", used, elsewhere), archive, before, changed)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("stores", choices=["files", "servers", "convert"])
    arguments.add_argument("--ngbak", required=True, help="the command that runs ngbak")
    given = arguments.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, *sys.argv])
    with tempfile.TemporaryDirectory() as temporary:
        asyncio.run(judge(given.stores, given.ngbak, Path(temporary)))


if __name__ == "__main__":
    main()
