/**
 * Describes how a GraphRAG system names and relates its data. Only this package knows the names of fields, namespaces,
 * labels and files of one system; plugins and the reference check ask the layout.
 */
@NullMarked
package dev.ngbak.layout;

import org.jspecify.annotations.NullMarked;
