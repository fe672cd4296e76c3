#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets the real LightRAG judge backups and restores.

    python judge.py files|servers --ngbak "java -jar backup-server.jar"

In an environment with the packages of samples/lightrag/requirements.txt.  For "servers" also those of
requirements-servers.txt, and LightRAG's own variables (NEO4J_URI, NEO4J_USERNAME, NEO4J_PASSWORD, QDRANT_URL,
REDIS_URI) name empty servers.

Three workspaces whose names begin with each other are filled.  The middle one is backed up, changed and restored.  Then
LightRAG must answer about it as before, the other two must have the same content as before, and LightRAG must go on
inserting and deleting.
"""

import argparse
import asyncio
import json
import os
import shlex
import subprocess
import sys
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
ADDED = "04_the_museum_of_lost_cargo.txt"
MODES = ["local", "global", "naive", "mix"]
QUESTION = "Who keeps Gråskjær Light?"


class Ngbak:
    def __init__(self, command, variables):
        self.command = shlex.split(command)
        self.variables = variables

    def run(self, workspace, *arguments):
        environment = {**os.environ, **self.variables, "GRAPHRAG_SYSTEM": "lightrag", "WORKSPACE": workspace}
        done = subprocess.run([*self.command, *arguments, "--json"], env=environment, capture_output=True, text=True)
        result = json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}
        if done.returncode:
            sys.exit(f"ngbak {' '.join(arguments)} of {workspace} failed: {done.stderr}")
        return result

    def digests(self, workspace):
        """Returns the content digests of a workspace's stores, from an archive of it."""
        archive = self.run(workspace, "backup")["backup_id"]
        stores = self.run(workspace, "inspect", archive)["stores"]
        return {role: store["content_digest"] for role, store in stores.items()}


async def answers(rag):
    """Returns the contexts that LightRAG would give a model, with their lines sorted: Neo4j orders equals as it likes."""
    from lightrag import QueryParam

    found = {}
    for mode in MODES:
        context = await rag.aquery(QUESTION, param=QueryParam(mode=mode, only_need_context=True))
        found[mode] = sorted(context.splitlines())
    return found


async def opened(folder, workspace, stores, work):
    """Opens LightRAG as a new process would: nothing is left in memory from before."""
    from lightrag.kg.shared_storage import finalize_share_data, initialize_share_data

    finalize_share_data()
    initialize_share_data(1)
    rag = sample.open_rag(folder, workspace, stores)
    await rag.initialize_storages()
    try:
        return await work(rag)
    finally:
        await rag.finalize_storages()


async def insert(rag, name):
    text = (sample.SHARED / "texts" / name).read_text("utf-8")
    await rag.ainsert(text, file_paths=name)


async def delete(rag, name):
    from lightrag.base import DocStatus

    documents = await rag.doc_status.get_docs_by_statuses(list(DocStatus))
    return await rag.adelete_by_doc_id(next(key for key, row in documents.items() if row.file_path == name))


def check(condition, what):
    print(("ok    " if condition else "WRONG ") + what, flush=True)
    if not condition:
        sys.exit(1)


async def judge(stores, ngbak, folder):
    for workspace, names in WORKSPACES.items():
        for name in names:
            await opened(folder, workspace, stores, lambda rag, n=name: insert(rag, n))
    before = await opened(folder, JUDGED, stores, answers)
    check(all(any("Gråskjær" in line for line in before[mode]) for mode in MODES), "LightRAG finds the light in every mode")
    backup = ngbak.run(JUDGED, "backup")
    others = {workspace: ngbak.digests(workspace) for workspace in WORKSPACES if workspace != JUDGED}

    await opened(folder, JUDGED, stores, lambda rag: insert(rag, ADDED))
    changed = await opened(folder, JUDGED, stores, answers)
    check(changed != before, "another document changes the answers")

    ngbak.run(JUDGED, "restore", backup["backup_id"], "--yes")
    after = await opened(folder, JUDGED, stores, answers)
    for mode in MODES:
        check(after[mode] == before[mode], f"LightRAG answers as before in the mode {mode}")
    for workspace, digests in others.items():
        check(ngbak.digests(workspace) == digests, f"the workspace {workspace} has the same content as before")
    report = ngbak.run(JUDGED, "check")
    check(report["ok"], "ngbak check finds no error")

    await opened(folder, JUDGED, stores, lambda rag: insert(rag, ADDED))
    again = await opened(folder, JUDGED, stores, answers)
    check(again == changed, "LightRAG goes on inserting, with the same result as the first time")

    result = await opened(folder, JUDGED, stores, lambda rag: delete(rag, ADDED))
    check(result.status == "success", "LightRAG goes on deleting")
    check(ngbak.run(JUDGED, "check")["ok"], "ngbak check finds no error after that")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("stores", choices=["files", "servers"])
    arguments.add_argument("--ngbak", required=True, help="the command that runs ngbak")
    given = arguments.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, *sys.argv])
    with tempfile.TemporaryDirectory() as temporary:
        variables = {
            "WORKING_DIR": temporary + "/rag_storage",
            "BACKUP_DIR": temporary + "/backups",
        }
        stores = {}
        if given.stores == "servers":
            stores = sample.SERVERS
            variables.update(
                LIGHTRAG_KV_STORAGE=stores["kv_storage"],
                LIGHTRAG_DOC_STATUS_STORAGE=stores["doc_status_storage"],
                LIGHTRAG_VECTOR_STORAGE=stores["vector_storage"],
                LIGHTRAG_GRAPH_STORAGE=stores["graph_storage"],
            )
        Path(variables["WORKING_DIR"]).mkdir()
        asyncio.run(judge(stores, Ngbak(given.ngbak, variables), Path(variables["WORKING_DIR"])))


if __name__ == "__main__":
    main()
