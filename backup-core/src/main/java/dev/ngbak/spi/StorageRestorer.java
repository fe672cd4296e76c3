package dev.ngbak.spi;

import java.io.IOException;
import java.util.List;

/**
 * Decodes one kind of archived store, and writes it back. Found by {@link java.util.ServiceLoader}, so it has a public
 * constructor without parameters, holds no state and may be used by several threads.
 */
public interface StorageRestorer {

    Role role();

    /** The same name as that of the {@link StorageExporter} whose files this one reads. */
    String backend();

    /**
     * Decodes every record of an archived store, without any store at hand and without writing anything.
     *
     * @return the counts and the digest of what the files hold; {@link StoreSummary#opaque} where the form does not let
     *     itself be decoded, and for {@link ExportSession#RAW}
     * @throws BackupException {@code CORRUPT} for content that is not what its form says, {@code INCOMPATIBLE} for a form
     *     this plugin does not know
     */
    StoreSummary read(EntrySource source, Progress progress) throws IOException;

    /**
     * Hands over every record of an archived store, without any store at hand: what {@link ExportSession#visit} handed
     * over when it was backed up.
     *
     * @return false where the form does not let itself be decoded, as by default; then nothing was handed over
     * @throws IOException what the visitor threw, unchanged
     * @throws BackupException as {@link #read} does
     */
    default boolean visit(EntrySource source, RecordVisitor visitor, Progress progress) throws IOException {
        return false;
    }

    /**
     * The very thing that {@link #open} with these settings replaces: the address, the database, the scope; the real path.
     * Two equal texts are the same thing, so that a restore that was cut off is never settled in another place. Told
     * without connecting, and without secrets.
     */
    String target(Settings settings);

    /**
     * A sign on a store's server that a restore works on a target. The server removes it when the connection ends, so a
     * process that dies leaves nothing. One thread uses it at a time; its owner closes it.
     */
    interface TargetSign extends AutoCloseable {

        /**
         * Returns whether another restore has a sign for the same target. Of two restores that ask after both have put up
         * their signs, at least one is told.
         */
        boolean isContested();

        /** Takes the sign down. Throws nothing, and may be called more than once. */
        @Override
        void close();
    }

    /**
     * Puts up a sign for {@link #target}, so that restores on other machines keep away from it.
     *
     * @return {@code null}, as by default, for a store whose server cannot show one, and for a server that cannot be reached
     *     or does not permit it: the restore goes on without
     */
    default TargetSign announce(Settings settings) {
        return null;
    }

    /**
     * Tells people what to do once this kind of store has been replaced, one whole sentence each, such as a restart of a
     * program that still holds the old state in memory. By default there is nothing to do.
     */
    default List<String> adviceAfterRestore() {
        return List.of();
    }

    /**
     * Connects to the store that is to be replaced, and changes nothing in it.
     *
     * @return a session that the caller closes
     * @throws BackupException {@code INVALID} for a setting that cannot be used, {@code UNREACHABLE} for a store that
     *     does not answer; nothing is left open then
     */
    RestoreSession open(Settings settings);
}
