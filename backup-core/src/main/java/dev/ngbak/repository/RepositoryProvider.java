package dev.ngbak.repository;

import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.util.List;

/**
 * Opens one kind of repository. Found by {@link java.util.ServiceLoader}, so it has a public constructor without parameters.
 * Stateless.
 */
public interface RepositoryProvider {

    /** Returns the scheme of the addresses that this provider opens: {@code s3}. */
    String scheme();

    /** Returns the settings of this kind of repository. */
    default List<SettingSpec> settings() {
        return List.of();
    }

    /**
     * Returns a repository. Does not connect and creates nothing.
     *
     * @param address a URI of this scheme
     * @param state for locks, staging and caches
     */
    ArchiveRepository open(String address, Settings settings, StateDirectory state);

    /** Returns an archive by its {@link ReadableArchive#location}, which has this scheme. Does not connect. */
    ReadableArchive archiveAt(String location, Settings settings, StateDirectory state);
}
