package dev.ngbak.repository;

import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.archive.ArchiveKeys;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A repository in a local directory, {@code BACKUP_DIR}. */
public final class LocalRepository implements ArchiveRepository {

    /** The kind of this repository. */
    public static final String KIND = "file";

    private static final String NOT_A_FILE = "not a regular file, so it is not read";

    private final Path directory;
    private final StateDirectory state;
    private final LocalSidecars sidecars;
    private final ArchiveKeys keys;
    /** Caches the manifests of the last listing, because a server lists often and archives do not change. */
    private final Map<Path, Listed> listed = new ConcurrentHashMap<>();

    private record Listed(ArchiveInfo archive, FileTime modified, Object key) {}

    public LocalRepository(Path directory, StateDirectory state) {
        this(directory, state, ArchiveKeys.NONE);
    }

    /** @param keys for the manifests of encrypted archives, and for signatures */
    public LocalRepository(Path directory, StateDirectory state, ArchiveKeys keys) {
        this.directory = directory;
        this.keys = keys;
        this.state = state;
        this.sidecars = new LocalSidecars(state);
    }

    @Override
    public List<ArchiveInfo> list() throws IOException {
        List<ArchiveInfo> archives = new ArrayList<>();
        Set<Path> present = new HashSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + BackupId.SUFFIX)) {
            for (Path file : files) {
                try {
                    BasicFileAttributes attributes = attributes(file);
                    if (!attributes.isDirectory()) {
                        archives.add(info(file, attributes));
                        present.add(file);
                    }
                } catch (NoSuchFileException e) {
                    continue; // It was deleted after the directory had been read.
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (NotDirectoryException e) {
            throw state.notADirectory(e);
        }
        listed.keySet().retainAll(present);
        archives.sort(ArchiveInfo.NEWEST_FIRST);
        return archives;
    }

    private ArchiveInfo info(Path file, BasicFileAttributes attributes) throws IOException {
        Listed known = listed.get(file);
        if (known == null
                || known.archive().size() != attributes.size()
                || !known.modified().equals(attributes.lastModifiedTime())
                || !Objects.equals(known.key(), attributes.fileKey())) {
            ArchiveInfo read = read(new ArchiveFile(file), attributes);
            known = new Listed(read, attributes.lastModifiedTime(), attributes.fileKey());
            listed.put(file, known);
        }
        return known.archive();
    }

    private ArchiveInfo read(ArchiveFile archive, BasicFileAttributes attributes) throws IOException {
        if (!attributes.isRegularFile()) {
            return unreadable(archive, attributes, archive.name() + " is " + NOT_A_FILE);
        }
        try {
            ArchiveInfo info = ArchiveInfo.listed(keys.with(archive));
            return BackupId.isArchiveName(archive.name())
                    ? info
                    : unreadable(archive, attributes, "its file name is not a backup id; rename it");
        } catch (BackupException e) {
            return unreadable(archive, attributes, e.problem());
        }
    }

    private static ArchiveInfo unreadable(ArchiveFile archive, BasicFileAttributes attributes, String why) {
        Instant modified = attributes.lastModifiedTime().toInstant();
        return ArchiveInfo.unreadable(archive.name(), archive.location(), attributes.size(), modified, why);
    }

    private static BasicFileAttributes attributes(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    private Path file(BackupId id) {
        return directory.resolve(id.fileName());
    }

    @Override
    public boolean contains(BackupId id) {
        return Files.exists(file(id), LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Rejects anything but a regular file: a link could lead out of the directory, and reading a pipe could block
     * forever.
     */
    @Override
    public ReadableArchive open(BackupId id) throws IOException {
        try {
            if (!attributes(file(id)).isRegularFile()) {
                throw new BackupException(
                        Kind.CORRUPT,
                        id.fileName() + " is " + NOT_A_FILE,
                        "Move it out of BACKUP_DIR. If it is a link, give the path of its target instead of the id");
            }
            return new ArchiveFile(file(id));
        } catch (NoSuchFileException e) {
            throw notFound(id);
        }
    }

    @Override
    public Set<BackupId> ids() throws IOException {
        Set<BackupId> ids = new HashSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + BackupId.SUFFIX)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (BackupId.isArchiveName(name)) {
                    ids.add(BackupId.ofFileName(name));
                }
            }
        } catch (NoSuchFileException e) {
            return Set.of();
        }
        return ids;
    }

    @Override
    public ArchiveUpload create(BackupId id) throws IOException {
        if (contains(id)) {
            throw exists(id);
        }
        return new LocalUpload(state, file(id), false);
    }

    @Override
    public void delete(BackupId id) throws IOException {
        try {
            Files.delete(file(id));
        } catch (NoSuchFileException e) {
            throw notFound(id);
        }
        force(directory);
    }

    @Override
    public Sidecars sidecars() {
        return sidecars;
    }

    @Override
    public RepositoryLock lock(String owner) throws IOException {
        return state.lock(owner);
    }

    @Override
    public OptionalLong freeSpace() throws IOException {
        return OptionalLong.of(state.freeSpace());
    }

    @Override
    public Optional<BackupException> problem() throws IOException {
        return state.problem();
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public String displayName() {
        return directory.toString();
    }

    /** Makes a change to the entries of a directory durable. */
    static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory)) {
            channel.force(true);
        }
    }

    private static BackupException notFound(BackupId id) {
        return new BackupException(
                Kind.NOT_FOUND, "The backup " + id + " does not exist", "Run ngbak list to see all backups");
    }

    static BackupException exists(BackupId id) {
        return new BackupException(
                Kind.ALREADY_EXISTS,
                "The backup " + id + " already exists",
                "Choose another id, or delete that backup");
    }
}
