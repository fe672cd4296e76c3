/** The layout of LightRAG. Only this module knows the names of its settings, fields, namespaces and collections. */
@NullMarked
package dev.ngbak.lightrag;

import org.jspecify.annotations.NullMarked;
