package dev.ngbak.spi;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decodes one kind of archived store and writes it back. Found by {@link java.util.ServiceLoader}, so it has a public
 * constructor without parameters. Stateless; may be used by several threads.
 */
public interface StorageRestorer {

    Role role();

    /** Returns the name of the {@link StorageExporter} whose files this plugin reads. */
    String backend();

    /**
     * Hands every record of an archived store to the handler, without a store and without writing anything. Marks the
     * records as opaque if the form cannot be decoded, and for {@link ExportSession#RAW}.
     *
     * @param settings for the layout and the place of temporary files; the plugin connects to nothing
     * @throws IOException any exception of the source or the handler, unchanged
     * @throws BackupException {@code CORRUPT} for content that does not match its form, {@code INCOMPATIBLE} for a form
     *     that this plugin does not know
     */
    void read(EntrySource source, Settings settings, RecordHandler records, Progress progress) throws IOException;

    /**
     * Returns whether an archived store must be written again before it can be restored in this way. By default it must, and
     * {@link #rewrite} refuses.
     */
    default boolean isRewritten(StoreInfo archived, Rewriting rewriting) {
        return true;
    }

    /**
     * Writes an archived store again, as an export of the scope that the settings select would have written it. Connects to
     * nothing.
     *
     * @param written receives each record as it is written
     * @return the description of the store as it is written
     * @throws BackupException {@code INCOMPATIBLE}, as always by default, if the archived store cannot be written in that way
     */
    default StoreInfo rewrite(
            EntrySource source, Rewriting rewriting, EntrySink sink, RecordHandler written, Progress progress)
            throws IOException {
        throw new BackupException(
                BackupException.Kind.INCOMPATIBLE,
                "The plugin for " + backend() + " can restore an archive only under its own name",
                "Restore it without --as and --map-path");
    }

    /**
     * What changes when an archived store is written again.
     *
     * @param settings with the workspace that the result belongs to
     * @param paths absolute paths, each with the path that replaces it in records
     * @param scratch whether the result is for the scratch store of a restore drill: every scope can be renamed, and nothing
     *     is written that a store shares with data out of scope
     */
    record Rewriting(Settings settings, Map<String, String> paths, boolean scratch) {

        public Rewriting {
            paths = Map.copyOf(paths);
        }

        public Rewriting(Settings settings, Map<String, String> paths) {
            this(settings, paths, false);
        }
    }

    /**
     * Returns the target that {@link #open} with these settings replaces: the address, the database and the scope, or
     * the real path. Two equal texts mean the same target, so an interrupted restore is never settled in another
     * target. Does not connect. The text contains no secret.
     */
    String target(Settings settings);

    /**
     * A sign on a store's server that a restore is writing to a target. The server removes it when the connection ends, so a
     * process that dies leaves nothing. One thread uses it at a time; its owner closes it.
     */
    interface TargetSign extends AutoCloseable {

        /**
         * Returns whether another restore has a sign for the same target. Of two restores that ask after both have put up
         * their signs, at least one gets {@code true}.
         */
        boolean isContested();

        /** Removes the sign. Throws nothing, and may be called more than once. */
        @Override
        void close();
    }

    /**
     * Puts up a sign for {@link #target}, so that restores on other machines stay away from it.
     *
     * @return {@code null}, as by default, if the server does not support signs, cannot be reached, or does not permit
     *     them. The restore then continues without a sign
     */
    default @Nullable TargetSign announce(Settings settings) {
        return null;
    }

    /**
     * Returns advice for users after a restore has replaced this kind of store: whole sentences, for example to restart
     * a program that still holds the old state in memory.
     */
    default List<String> adviceAfterRestore(Settings settings) {
        return List.of();
    }

    /**
     * Connects to the store that is to be replaced, and changes nothing in it.
     *
     * @return a session that the caller closes
     * @throws BackupException {@code INVALID} for an unusable setting, {@code UNREACHABLE} for a store that does not answer;
     *     nothing is left open then
     */
    RestoreSession open(Settings settings);
}
