package dev.ngbak.spi;

/**
 * Reads one kind of store. Found by {@link java.util.ServiceLoader}, so it has a public constructor without parameters,
 * holds no state and may be used by several threads.
 */
public interface StorageExporter {

    Role role();

    /** The value of {@code GRAPH_BACKEND}, {@code VECTOR_BACKEND} or {@code KV_BACKEND} that means this plugin. */
    String backend();

    /**
     * Connects to the store and checks that it answers and may be read.
     *
     * @return a session that the caller closes
     * @throws BackupException {@code INVALID} for a setting that cannot be used, {@code UNREACHABLE} for a store that
     *     does not answer; nothing is left open then
     */
    ExportSession open(Settings settings);
}
