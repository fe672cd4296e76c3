/**
 * Backup and restore with the dumps of {@code neo4j-admin}, for which Neo4j is stopped. This package knows the operator's
 * commands and the files, but not Bolt. Not an API: only the plugin uses it.
 */
package dev.ngbak.neo4j.admin;
