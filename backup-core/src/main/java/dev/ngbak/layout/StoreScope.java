package dev.ngbak.layout;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The part of a store that belongs to one system and workspace. A plugin's own setting, such as a label or a prefix, has
 * precedence over {@code name}.
 *
 * @param name the label of a graph's nodes, the prefix of collections, or the prefix of keys
 * @param setting the setting of the system that selects another scope, for messages; empty if the system has none, so that
 *     only the plugin's own setting does
 * @param databases the databases that may contain a graph, each tried in this order; an empty name stands for the default
 *     database of the server. No list if the plugin's own setting names the database
 * @param namespaces the namespaces that follow the prefix of keys; empty if every key with the prefix is in scope
 * @param payload the payload fields, with their values, that a point in a shared collection must have; empty if all points
 *     of the collections are in scope
 * @param files the files of a file-based store
 */
public record StoreScope(
        String name,
        String setting,
        List<String> databases,
        Set<String> namespaces,
        Map<String, String> payload,
        FileScope files) {

    public StoreScope {
        databases = List.copyOf(databases);
        namespaces = Set.copyOf(namespaces);
        payload = Map.copyOf(payload);
    }

    /** Returns a scope without conditions on databases, namespaces and payloads. */
    public static StoreScope of(String name, String setting, FileScope files) {
        return new StoreScope(name, setting, List.of(), Set.of(), Map.of(), files);
    }

    public StoreScope withDatabases(List<String> only) {
        return new StoreScope(name, setting, only, namespaces, payload, files);
    }

    public StoreScope withNamespaces(Set<String> only) {
        return new StoreScope(name, setting, databases, only, payload, files);
    }

    public StoreScope withPayload(Map<String, String> only) {
        return new StoreScope(name, setting, databases, namespaces, only, files);
    }

    /**
     * The files of a file-based store, directly inside a directory.
     *
     * @param setting the setting, or the settings, that name the directory, for messages
     * @param nativeIndex the files that contain vectors in a form that ngbak cannot read
     */
    public record FileScope(Path directory, String setting, FilePattern names, NativeIndex nativeIndex) {}

    /** The names of files: a prefix, any text, and a suffix. */
    public record FilePattern(String prefix, String suffix) {

        /** Returns whether a name consists of the prefix, any text and the suffix. */
        public boolean matches(String name) {
            return name.length() >= prefix.length() + suffix.length()
                    && name.startsWith(prefix)
                    && name.endsWith(suffix);
        }

        @Override
        public String toString() {
            return prefix + "*" + suffix;
        }
    }

    /**
     * The files of a vector library that the system can use instead of those in scope.
     *
     * @param library the library, the only program that can read the files
     */
    public record NativeIndex(String library, List<FilePattern> files) {

        public NativeIndex {
            files = List.copyOf(files);
        }

        public boolean matches(String name) {
            return files.stream().anyMatch(pattern -> pattern.matches(name));
        }
    }
}
