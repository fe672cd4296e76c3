package dev.ngbak.spi;

import java.io.IOException;
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
     * Returns the versions that this plugin is tested with, for each product that it reads. {@code ngbak doctor} compares the
     * store's version with them. Empty, as by default, if the store has no version of its own.
     */
    default List<TestedVersions> testedVersions() {
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

    /**
     * Writes records that come from another backend, in the form in which {@link ExportSession#export} would write the
     * configured store if it contained them. Connects to nothing.
     *
     * @param records in the terms of this backend
     * @param written receives each record as it is written
     * @return the description of a store that contains these records, with the scope of the settings
     * @throws BackupException {@code INCOMPATIBLE}, as always by default, for a record that this backend cannot hold
     */
    default StoreInfo write(
            RecordSource records, Settings settings, EntrySink sink, RecordHandler written, Progress progress)
            throws IOException {
        throw new BackupException(
                BackupException.Kind.INCOMPATIBLE,
                "The plugin for " + backend() + " cannot take records from another backend",
                "Set " + role().setting() + " to the backend of the archive");
    }
}
