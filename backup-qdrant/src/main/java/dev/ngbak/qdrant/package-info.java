/** The vector store Qdrant: its collections as native snapshots, or as points that any version takes back. */
package dev.ngbak.qdrant;
