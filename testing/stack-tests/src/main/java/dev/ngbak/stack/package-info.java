/** Starts Neo4j, Qdrant and Redis and fills them as nano-graphrag does, for tests and benchmarks. */
package dev.ngbak.stack;
