package dev.ngbak.spi;

import java.util.List;

/**
 * Reads one kind of store. Found by {@link java.util.ServiceLoader}, so it has a public constructor without parameters.
 * Stateless; may be used by several threads.
 */
public interface StorageExporter {

    Role role();

    /** Returns the value of {@code GRAPH_BACKEND}, {@code VECTOR_BACKEND} or {@code KV_BACKEND} that selects this plugin. */
    String backend();

    /**
     * Returns the settings that this plugin reads, for exports and restores. They are copied into archives, redacted,
     * shown by {@code ngbak doctor} and listed on the settings page as declared here.
     */
    default List<SettingSpec> settings() {
        return List.of();
    }

    /**
     * Connects to the store and checks that it answers and can be read.
     *
     * @return a session that the caller closes
     * @throws BackupException {@code INVALID} for an unusable setting, {@code UNREACHABLE} for a store that does not answer;
     *     nothing is left open then
     */
    ExportSession open(Settings settings);
}
