package dev.ngbak.layout;

import java.util.Map;

/**
 * The part of a store that belongs to one system and workspace. A plugin's own setting, such as a label or a prefix, has
 * precedence over {@code name}.
 *
 * @param name the label of a graph's nodes, the prefix of collections, or the prefix of keys
 * @param payload the payload fields, with their values, that a point in a shared collection must have; empty if all points
 *     of the collections are in scope
 * @param files the names of the files of a file-based store
 */
public record StoreScope(String name, Map<String, String> payload, FilePattern files) {

    public StoreScope {
        payload = Map.copyOf(payload);
    }

    /** The names of files: a prefix, any text, and a suffix. */
    public record FilePattern(String prefix, String suffix) {

        @Override
        public String toString() {
            return prefix + "*" + suffix;
        }
    }
}
