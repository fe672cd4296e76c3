/**
 * The graph in a Neo4j database, read and restored over Bolt: online, any edition, no plugin on the server. Archives hold
 * it as typed JSON lines; side tables are files mapped into memory, so that any graph passes in a flat heap.
 */
package dev.ngbak.neo4j;
