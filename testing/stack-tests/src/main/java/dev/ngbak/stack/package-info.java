/** The stack of Neo4j, Qdrant and Redis, filled as nano-graphrag fills it, for tests and benchmarks. */
package dev.ngbak.stack;
