/** Qdrant: backs up and restores collections, either as native snapshots or as points that any version accepts. */
package dev.ngbak.qdrant;
