# SPDX-License-Identifier: Apache-2.0
"""Opens the fork of nano-graphrag that has storage classes for Neo4j, Qdrant and Redis, with deterministic model functions."""

import json
import os
import sys
import types
from pathlib import Path

SAMPLES = Path(__file__).resolve().parent.parent.parent / "samples" / "make_working_dir"
sys.path.insert(0, str(SAMPLES))

import make  # noqa: E402
import table  # noqa: E402

FILES = {"graph_backend": "networkx", "vector_backend": "nano", "kv_backend": "json"}
SERVERS = {"graph_backend": "neo4j", "vector_backend": "qdrant", "kv_backend": "redis"}


def extraction(model, passage):
    """Returns the rows of the table that apply to a passage, as lines of JSON."""
    rows = []
    for name in model.order:
        if name in model.named(passage):
            _, kind, told, _ = model.entities[name]
            rows.append({"type": "entity", "name": name, "entity_type": kind, "description": told})
    for source, target, told, strength in model.relations:
        if {source, target} <= model.named(passage):
            rows.append({
                "type": "relationship", "source": source, "target": target, "description": told, "strength": strength})
    return "\n".join(json.dumps(row) for row in rows)


def answer(model, prompts, prompt):
    """Answers the package's own prompts from the table."""
    if prompt.startswith(prompts["entity_extraction"][:60]):
        before, after = prompts["entity_extraction"].split("{input_text}")
        start = prompt.rindex(before.rsplit("}", 1)[1]) + len(before.rsplit("}", 1)[1])
        done = prompts["DEFAULT_COMPLETION_DELIMITER"]
        return extraction(model, prompt[start:len(prompt) - len(after)]) + "\n" + done
    if prompt.startswith(prompts["summarize_entity_descriptions"][:60]):
        return model.summary(prompt)
    if prompt.startswith(prompts["community_report"][:60]):
        entities = prompt[prompt.rindex("-----Entities-----"):prompt.rindex("-----Relationships-----")]
        names = sorted(display for stored, display in model.display.items() if stored.strip('"') in entities)
        return json.dumps({
            "title": " and ".join(names[:2]),
            "summary": "; ".join(names),
            "rating": float(len(names)),
            "rating_explanation": "The rating is the number of entities.",
            "findings": [{"summary": name, "explanation": model.entities[name][2]} for name in names[:4]],
        })
    raise ValueError("the stub does not know this prompt: " + prompt[:200])


async def clustering(storage, algorithm):
    """Does what the storage class does without the plugin Graph Data Science, which it needs for the Leiden algorithm.

    A community is a connected component, and inside it one of two halves. The property has the same name, the same
    type and the same order of levels as the one that the plugin writes.
    """
    import networkx as nx

    async with storage.async_driver.session(database=storage.neo4j_database) as session:
        rows = await (await session.run(
            f"MATCH (n:`{storage.namespace}`) OPTIONAL MATCH (n)--(m:`{storage.namespace}`) RETURN n.id AS a, m.id AS b"
        )).values()
        graph = nx.Graph()
        graph.add_nodes_from(a for a, _ in rows)
        graph.add_edges_from((a, b) for a, b in rows if b is not None)
        communities = {}
        for number, members in enumerate(sorted(sorted(part) for part in nx.connected_components(graph))):
            for place, name in enumerate(members):
                communities[name] = [1000 + 2 * number + place % 2, number]
        await session.run(
            f"UNWIND $rows AS row MATCH (n:`{storage.namespace}` {{id: row[0]}}) SET n.communityIds = row[1]",
            rows=list(communities.items()))
    return {"communities": {name: numbers[-1] for name, numbers in communities.items()}}


def add_node(batch, name, data):
    """Adds a node once.

    The fork writes an entity that is also the end of a relationship twice, under two labels. Afterwards it returns one of
    the two, whichever Neo4j returns last, so that its answers would differ from run to run.
    """
    if all(name != other for other, _ in batch.nodes):
        batch.nodes.append((name, data))


def open_rag(folder, stores, points):
    """Returns the fork's GraphRAG for a folder, or for the servers that its own variables name.

    The function points answers when the package asks what it finds in some reports.
    """
    import tiktoken

    # Only its provider of Amazon's models needs this package, but it imports it always.
    sys.modules.setdefault("aioboto3", types.ModuleType("aioboto3"))
    tokenizer = make.PieceTokenizer()
    tiktoken.encoding_for_model = lambda *_: tokenizer

    from nano_graphrag import _extraction, config, graphrag
    from nano_graphrag._storage.gdb_neo4j import Neo4jStorage
    from nano_graphrag.llm.base import BaseEmbeddingProvider, BaseLLMProvider
    from nano_graphrag.prompt import PROMPTS

    model = make.TableModel(PROMPTS, table.ENTITIES, table.RELATIONS)

    class Model(BaseLLMProvider):
        async def complete(self, prompt, system_prompt=None, *_, **__):
            return {"text": points(system_prompt) if system_prompt else answer(model, PROMPTS, prompt)}

        async def stream(self, *_, **__):
            raise NotImplementedError

        def _translate_params(self, params):
            return params

        def _translate_error(self, error):
            return error

    class Embedding(BaseEmbeddingProvider):
        async def embed(self, texts, timeout=None):
            return {"embeddings": await make.embed(texts)}

        def _translate_error(self, error):
            return error

    graphrag.get_llm_provider = lambda **_: Model(make.BEST_MODEL)
    graphrag.get_embedding_provider = lambda **_: Embedding("stub-hash")
    Neo4jStorage.clustering = clustering
    _extraction.DocumentGraphBatch.add_node = add_node
    os.environ["STORAGE_WORKING_DIR"] = str(folder)
    for key, value in stores.items():
        os.environ["STORAGE_" + key.upper()] = value
    return graphrag.GraphRAG(config.GraphRAGConfig(
        storage=config.StorageConfig.from_env(),
        embedding=config.EmbeddingConfig(dimension=make.DIM),
        chunking=config.ChunkingConfig(size=make.CHUNK_TOKENS, overlap=make.CHUNK_OVERLAP),
        entity_extraction=config.EntityExtractionConfig(max_gleaning=0, entity_types=make.ENTITY_TYPES),
        graph_clustering=config.GraphClusteringConfig(max_cluster_size=make.MAX_CLUSTER),
        query=config.QueryConfig(enable_naive_rag=True),
    ))
