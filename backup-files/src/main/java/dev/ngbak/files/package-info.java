/**
 * The storages that nano-graphrag keeps in files of its working folder, which are its defaults: the graph as GraphML of
 * networkx, the vectors as JSON of NanoVectorDB, the documents as JSON. Archives hold them byte for byte; what they hold
 * is counted and digested as it passes, in flat memory.
 */
package dev.ngbak.files;
