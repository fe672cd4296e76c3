/** Runs a real Neo4j Community for tests, in a separate process with a separate class path. */
package dev.ngbak.neo4jserver;
