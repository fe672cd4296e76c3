#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Creates the sample working folder of LightRAG with the real package.

    python make_rag_storage.py [--out FOLDER] [--force] [--servers]

It makes two workspaces, "harbour" and "harbour_2", from the texts in ../make_working_dir/texts.
It uses no network and no model: the tokenizer, the embedding and the table of the stub language model
are those of ../make_working_dir.  The package computes and writes all files in the folder.

With --servers it writes the same two workspaces to Neo4j, Qdrant and Redis instead, at the addresses in
LightRAG's own variables (NEO4J_URI, QDRANT_URL, REDIS_URI ...), for tests by hand.
"""

import argparse
import asyncio
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHARED = HERE.parent / "make_working_dir"
sys.path.insert(0, str(SHARED))

from make import DIM, PieceTokenizer, embed_text, sentences  # noqa: E402
from table import ENTITIES, RELATIONS  # noqa: E402

WORKSPACES = {
    "harbour": ["01_the_light_on_graskjaer.txt", "02_lindqvist_and_daughters.txt", "03_the_lantern_regatta.txt"],
    "harbour_2": ["04_the_museum_of_lost_cargo.txt", "05_harbour_bulletin.txt"],
}
MODEL = "stub-table"
TUPLE, END = "<|#|>", "<|COMPLETE|>"

SPELLINGS = {form: name for name, _, _, others in ENTITIES for form in (name, *others)}
FINDER = re.compile("|".join(
    r"(?<!\w)%s(?!\w)" % re.escape(form) for form in sorted(SPELLINGS, key=lambda form: (-len(form), form))))


def named(text):
    """Returns the table's names in a text; if names overlap, the longer one."""
    return {SPELLINGS[found] for found in FINDER.findall(text)}


def extraction(passage):
    """Returns the rows of the table whose names are in the passage, each with a sentence of the passage."""
    here = named(passage)
    naming = [(s, named(s)) for s in sentences(passage)]
    rows = []
    for name, kind, told, _ in ENTITIES:
        if name in here:
            said = next((s for s, names in naming if name in names), "")
            rows.append(TUPLE.join(["entity", name, kind, f"{told} {said}".strip()]))
    for source, target, told, _ in RELATIONS:
        if {source, target} <= here:
            said = next((s for s, names in naming if {source, target} <= names), "")
            rows.append(TUPLE.join(["relation", source, target, "table", f"{told} {said}".strip()]))
    return "\n".join(rows) + "\n" + END


async def model(prompt, system_prompt=None, history_messages=None, **_):
    """Answers the package's own prompts from the table."""
    if system_prompt and "Knowledge Graph Specialist" in system_prompt and history_messages:
        return END  # Nothing was missed in the first round.
    if system_prompt and "Knowledge Graph Specialist" in system_prompt:
        return extraction(prompt[prompt.rindex("---Input Text---"):])
    if "Description List" in prompt:
        seen = []
        for s in sentences(prompt[prompt.rindex("Description List"):]):
            if s not in seen:
                seen.append(s)
        return " ".join(seen[:9])
    if "high_level_keywords" in prompt + (system_prompt or ""):
        return '{"high_level_keywords": ["table"], "low_level_keywords": ["Ingrid Åsmund"]}'
    raise ValueError("the stub does not know this prompt: " + prompt[:300])


async def embed(texts, **_):
    import numpy as np

    return np.stack([embed_text(text) for text in texts])


def open_rag(folder, workspace, stores):
    from lightrag import LightRAG
    from lightrag.utils import EmbeddingFunc, Tokenizer

    return LightRAG(
        working_dir=str(folder),
        workspace=workspace,
        llm_model_func=model,
        llm_model_name=MODEL,
        embedding_func=EmbeddingFunc(embedding_dim=DIM, max_token_size=8192, func=embed, model_name="stub-hash"),
        tokenizer=Tokenizer("stub-pieces", PieceTokenizer()),
        chunk_token_size=300,
        chunk_overlap_token_size=50,
        entity_extract_max_gleaning=1,
        **stores,
    )


SERVERS = {
    "kv_storage": "RedisKVStorage",
    "doc_status_storage": "RedisDocStatusStorage",
    "vector_storage": "QdrantVectorDBStorage",
    "graph_storage": "Neo4JStorage",
}


async def fill(folder, workspace, names, stores):
    rag = open_rag(folder, workspace, stores)
    await rag.initialize_storages()
    for name in names:
        await rag.ainsert((SHARED / "texts" / name).read_text("utf-8"), file_paths=name)
    await rag.finalize_storages()


async def make(folder, stores):
    for workspace, names in WORKSPACES.items():
        await fill(folder, workspace, names, stores)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=Path, default=HERE / "rag_storage")
    arguments.add_argument("--force", action="store_true", help="replace the folder")
    arguments.add_argument("--servers", action="store_true", help="write to Neo4j, Qdrant and Redis")
    given = arguments.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, *sys.argv])
    if given.servers:
        with tempfile.TemporaryDirectory() as unused:
            asyncio.run(make(Path(unused), SERVERS))
        return
    if given.out.exists():
        if not given.force:
            sys.exit(f"{given.out} exists; --force replaces it")
        shutil.rmtree(given.out)
    with tempfile.TemporaryDirectory(dir=given.out.parent) as temporary:
        made = Path(temporary) / "rag_storage"
        asyncio.run(make(made, {}))
        made.rename(given.out)


if __name__ == "__main__":
    main()
