/**
 * Backup and restore of a graph in Neo4j over Bolt: online, with any edition, without a plugin on the server.
 *
 * <p>A graph comes from a database ({@code GraphReader}) or an archive ({@code DumpReader}) and goes to a
 * {@code GraphReceiver}: {@code Neo4jRecords} makes records of it and passes it on to {@code DumpWriter} or
 * {@code GraphLoader}. Tables of node numbers and digests are on disk, so memory is flat for any size. The package
 * {@code admin} contains the dumps of {@code neo4j-admin}.
 */
package dev.ngbak.neo4j;
