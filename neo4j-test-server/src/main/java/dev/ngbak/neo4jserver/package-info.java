/** A real Neo4j Community for tests, in a process and on a class path of its own. */
package dev.ngbak.neo4jserver;
