package dev.ngbak.repository;

import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.archive.KeySettings;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.support.TempFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
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

    private static final Pattern SCHEME = Pattern.compile("([a-z][a-z0-9+.-]*):");

    private Repositories() {}

    /**
     * Returns the repository that the settings name. Does not connect and creates nothing.
     *
     * @throws BackupException {@code INVALID} for an address that no plugin opens
     */
    public static ArchiveRepository open(Settings settings, StateDirectory state) {
        LocalRepository local = new LocalRepository(StateDirectory.parent(settings), state, state.keys(settings));
        boolean localSafety = settings.choice(SAFETY.name(), SAFETY_PLACES.get(0), SAFETY_PLACES)
                .equals(SAFETY_PLACES.get(0));
        String address = BACKUP_REPOSITORY.text(settings).orElse(null);
        if (address == null) {
            return local;
        }
        ArchiveRepository remote = provider(
                        address, "repository that " + BACKUP_REPOSITORY.name() + " names", "Unset it to use BACKUP_DIR")
                .open(address, settings, state);
        return localSafety ? new LocalSafetyRepository(remote, local) : remote;
    }

    /** A repository and the state directory for jobs that write to it. */
    public record WithState(ArchiveRepository repository, StateDirectory state) {}

    /**
     * Returns a repository that need not be that of the settings, with a state directory of its own, so that its jobs and
     * those of the settings' repository do not wait for each other. Does not connect and creates nothing.
     *
     * @param address a folder, which must exist, as a path or as {@code file://}; or a URI that a plugin opens
     * @param own the state directory of the settings, which contains that of a repository outside this machine
     * @throws BackupException {@code INVALID} for a missing folder, and for an address that no plugin opens
     */
    public static WithState openOther(String address, Settings settings, StateDirectory own) {
        Matcher scheme = SCHEME.matcher(address);
        if (!scheme.lookingAt() || scheme.group(1).equals("file")) {
            Path folder = folder(address);
            StateDirectory state = new StateDirectory(folder.resolve(TempFiles.STATE_DIRECTORY));
            return new WithState(new LocalRepository(folder, state, state.keys(settings)), state);
        }
        RepositoryProvider provider = provider(address, "address of the other repository", "Name a folder that exists");
        ArchiveRepository nameless = provider.open(address, settings, own);
        String name = nameless.displayName();
        nameless.close();
        StateDirectory state = own.inside("repository-" + digest(name));
        return new WithState(provider.open(address, settings, state), state);
    }

    /** Refuses a missing folder instead of creating it: it may be the mount point of a disk that is not mounted. */
    private static Path folder(String address) {
        try {
            Path folder = address.startsWith("file:") ? Path.of(URI.create(address)) : Path.of(address);
            folder = folder.toAbsolutePath().normalize();
            if (Files.isDirectory(folder) && Files.isWritable(folder)) {
                return folder;
            }
            boolean missing = !Files.exists(folder);
            throw new BackupException(
                    Kind.INVALID,
                    "The folder " + folder
                            + (missing
                                    ? " does not exist"
                                    : Files.isDirectory(folder)
                                            ? " cannot be written by this user"
                                            : " is not a folder"),
                    missing
                            ? "Mount its disk if that is missing, or create the folder"
                            : "Name a folder that this user can write to");
        } catch (IllegalArgumentException e) { // also for a path with a forbidden character
            throw new BackupException(
                    Kind.INVALID,
                    "The other repository is neither a path nor an address such as file:///srv/copies",
                    "Correct it",
                    e);
        }
    }

    private static String digest(String name) {
        byte[] sha256 = ContentDigest.sha256().digest(name.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(sha256, 0, 8);
    }

    /** Returns whether two archives are one file, under whatever names. */
    public static boolean isSameFile(ReadableArchive one, ReadableArchive other) throws IOException {
        return one.withoutKeys() instanceof ArchiveFile a
                && other.withoutKeys() instanceof ArchiveFile b
                && Files.isSameFile(a.path(), b.path());
    }

    /** Returns an archive by its {@link ReadableArchive#location}. */
    public static ReadableArchive archiveAt(String location, Settings settings, StateDirectory state) {
        return SCHEME.matcher(location).lookingAt()
                ? provider(location, "address of the archive", "Name a file").archiveAt(location, settings, state)
                : new ArchiveFile(Path.of(location));
    }

    /** Returns the settings of all repositories. */
    public static List<SettingSpec> settings() {
        List<SettingSpec> settings = new ArrayList<>(List.of(StateDirectory.BACKUP_DIR, BACKUP_REPOSITORY, SAFETY));
        ServiceLoader.load(RepositoryProvider.class).forEach(provider -> settings.addAll(provider.settings()));
        settings.addAll(KeySettings.ALL);
        return settings;
    }

    /**
     * @param what completes the sentence "No plugin opens the …"
     * @param otherwise what a user can do instead
     */
    private static RepositoryProvider provider(String address, String what, String otherwise) {
        List<String> beginnings = new ArrayList<>();
        for (RepositoryProvider provider : ServiceLoader.load(RepositoryProvider.class)) {
            String beginning = provider.scheme() + "://";
            if (address.startsWith(beginning)) {
                return provider;
            }
            beginnings.add(beginning);
        }
        throw new BackupException(
                Kind.INVALID,
                "No plugin opens the " + what,
                beginnings.isEmpty()
                        ? otherwise + ", or add a repository plugin to the class path"
                        : otherwise + ", or let it begin with " + String.join(" or ", beginnings));
    }
}
