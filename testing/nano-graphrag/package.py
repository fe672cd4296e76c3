# SPDX-License-Identifier: Apache-2.0
"""Takes one step with one of the two packages of nano-graphrag, and prints the result as JSON.

    python package.py pypi|fork FOLDER [--servers] insert TEXT... | answers QUESTION | content QUESTION

The package on PyPI and the fork with storage classes for servers have the same module name, so that each step runs in a
process of its own, which has one of them on its path.
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import re
import sys
from pathlib import Path

SAMPLES = Path(__file__).resolve().parent.parent.parent / "samples" / "make_working_dir"
sys.path.insert(0, str(SAMPLES))

import make  # noqa: E402

MODES = ["local", "global", "naive"]


def points(context):
    """Returns what a model would find in the reports: their titles, and whether one letter of them has changed."""
    titles = re.findall(r'^\d+,\t"?# (.*)$', context, re.MULTILINE)
    found = [{"description": title, "score": 50} for title in titles]
    # The number in front of a row says only in which order the reports came.
    rows = sorted(re.sub(r"^\d+,\t", "", line) for line in context.splitlines())
    digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return json.dumps({"points": [*found, {"description": digest, "score": 1}]})


def open_pypi(folder, servers):
    class Model(make.TableModel):
        def answer(self, messages):
            if messages[0]["role"] == "system":
                return points(messages[0]["content"])
            return super().answer(messages)

    import table
    from nano_graphrag.prompt import PROMPTS

    rag, _ = make.open_rag(folder, Model(PROMPTS, table.ENTITIES, table.RELATIONS))
    return rag


def open_fork(folder, servers):
    import fork

    return fork.open_rag(folder, fork.SERVERS if servers else fork.FILES, points)


async def insert(rag, names):
    await rag.ainsert([(SAMPLES / "texts" / name).read_text("utf-8") for name in names])
    # The fork itself never saves the graph when it is a file.
    await rag.chunk_entity_relation_graph.index_done_callback()


async def answers(rag, question):
    """Returns the contexts that the package would give a model, as sorted lines without the number in front."""
    from nano_graphrag import QueryParam

    found = {}
    for mode in MODES:
        context = await rag.aquery(question, QueryParam(mode=mode, only_need_context=True))
        found[mode] = sorted(re.sub(r"^\d+,\t", "", line) for line in context.splitlines())
    return found


async def graph_content(graph):
    communities = await graph.community_schema()
    names = {name for community in communities.values() for name in community["nodes"]}
    pairs = {tuple(sorted(pair)) for community in communities.values() for pair in community["edges"]}
    nodes, edges = {}, {}
    for name in names:
        node = await graph.get_node(name)
        nodes[name] = [node[member] for member in ("entity_type", "description", "source_id")] + json.loads(node["clusters"])
    for a, b in pairs:
        edge = await graph.get_edge(a, b) or await graph.get_edge(b, a)
        edges[f"{a} {b}"] = [edge[member] for member in ("weight", "description", "source_id", "order")]
    return {"nodes": nodes, "edges": edges, "communities": {
        key: [community["level"], community["occurrence"], sorted(community["nodes"]), sorted(community["chunk_ids"])]
        for key, community in communities.items()}}


async def content(rag, question):
    """Returns what the storage classes return, in a form that is the same for files and for servers."""
    found = await graph_content(rag.chunk_entity_relation_graph)
    for namespace in ("full_docs", "text_chunks", "community_reports", "llm_response_cache"):
        storage = getattr(rag, namespace)
        keys = await storage.all_keys()
        found[namespace] = dict(zip(keys, await storage.get_by_ids(keys)))
    for name in ("entities", "chunks"):
        storage = getattr(rag, name + "_vdb")
        # Otherwise the class for files leaves out what is less similar.
        storage.cosine_better_than_threshold = -1
        rows = await storage.query(question, top_k=1000)
        found[name] = {row["id"]: round(float(row.get("score", row.get("distance"))), 5) for row in rows}
    return found


async def run(given):
    rag = (open_pypi if given.package == "pypi" else open_fork)(given.folder, given.servers)
    if given.step == "insert":
        await insert(rag, given.words)
        return {}
    return await (answers if given.step == "answers" else content)(rag, *given.words)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("package", choices=["pypi", "fork"])
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--servers", action="store_true", help="Neo4j, Qdrant and Redis instead of the folder")
    arguments.add_argument("step", choices=["insert", "answers", "content"])
    arguments.add_argument("words", nargs="+")
    given = arguments.parse_args()
    with contextlib.redirect_stdout(sys.stderr):
        result = asyncio.run(run(given))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
