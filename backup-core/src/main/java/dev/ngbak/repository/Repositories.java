package dev.ngbak.repository;

import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds repositories by their address. */
public final class Repositories {

    /** The setting that names the repository. */
    public static final SettingSpec BACKUP_REPOSITORY = SettingSpec.url(
            "BACKUP_REPOSITORY",
            null,
            "The repository of archives: a URI whose scheme a repository plugin provides. By default the directory"
                    + " `BACKUP_DIR`.");

    private static final SettingSpec SAFETY = SettingSpec.plain(
            "BACKUP_SAFETY",
            null,
            "Where a restore puts its safety archive: `local` (in `BACKUP_DIR`, so that a rollback does not need the network)"
                    + " or `repository`. By default `local` if `BACKUP_REPOSITORY` is set.");

    private static final List<String> SAFETY_PLACES = List.of("local", "repository");

    private static final Pattern URI = Pattern.compile("([a-z][a-z0-9+.-]*)://.*");

    private Repositories() {}

    /**
     * Returns the repository that the settings name. Does not connect and creates nothing.
     *
     * @throws BackupException {@code INVALID} for an address that no plugin opens
     */
    public static ArchiveRepository open(Settings settings, StateDirectory state) {
        LocalRepository local = new LocalRepository(StateDirectory.parent(settings), state);
        boolean localSafety = settings.choice(SAFETY.name(), SAFETY_PLACES.get(0), SAFETY_PLACES)
                .equals(SAFETY_PLACES.get(0));
        String address = BACKUP_REPOSITORY.text(settings).orElse(null);
        if (address == null) {
            return local;
        }
        ArchiveRepository remote = provider(address).open(address, settings, state);
        return localSafety ? new LocalSafetyRepository(remote, local) : remote;
    }

    /** Returns an archive by its {@link ReadableArchive#location}. */
    public static ReadableArchive archiveAt(String location, Settings settings, StateDirectory state) {
        return URI.matcher(location).matches()
                ? provider(location).archiveAt(location, settings, state)
                : new ArchiveFile(Path.of(location));
    }

    /** Returns the settings of all repositories. */
    public static List<SettingSpec> settings() {
        List<SettingSpec> settings = new ArrayList<>(List.of(StateDirectory.BACKUP_DIR, BACKUP_REPOSITORY, SAFETY));
        ServiceLoader.load(RepositoryProvider.class).forEach(provider -> settings.addAll(provider.settings()));
        return settings;
    }

    private static RepositoryProvider provider(String address) {
        Matcher uri = URI.matcher(address);
        List<String> schemes = new ArrayList<>();
        for (RepositoryProvider provider : ServiceLoader.load(RepositoryProvider.class)) {
            if (uri.matches() && uri.group(1).equals(provider.scheme())) {
                return provider;
            }
            schemes.add(provider.scheme() + "://");
        }
        throw new BackupException(
                Kind.INVALID,
                "No plugin opens the repository that " + BACKUP_REPOSITORY.name() + " names",
                schemes.isEmpty()
                        ? "Unset it to use BACKUP_DIR, or add a repository plugin to the class path"
                        : "It must begin with " + String.join(" or ", schemes));
    }
}
