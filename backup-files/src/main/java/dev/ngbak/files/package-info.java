/**
 * Plugins for GraphRAG systems that keep their state in files of a working directory: a graph as NetworkX GraphML, vectors as
 * NanoVectorDB JSON, and key-value data as JSON. Archives contain the files byte for byte. Their records are counted and
 * digested as the bytes pass, in constant memory.
 */
package dev.ngbak.files;
