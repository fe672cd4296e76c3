/**
 * What a GraphRAG system calls its parts. Only this package knows the names of fields, namespaces, labels and files of one
 * system; plugins and the reference check ask the layout.
 */
package dev.ngbak.layout;
