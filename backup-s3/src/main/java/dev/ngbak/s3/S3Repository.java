package dev.ngbak.s3;

import dev.ngbak.archive.ArchiveKeys;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.PrivateFiles;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.ArchiveRepository;
import dev.ngbak.repository.ArchiveUpload;
import dev.ngbak.repository.LockOwner;
import dev.ngbak.repository.RepositoryLock;
import dev.ngbak.repository.Sidecars;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.DaemonThreads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.paginators.ListObjectsV2Iterable;

/** A repository in a bucket. Each archive is one object, which never changes: {@code prefix/ID.ngbak}. */
final class S3Repository implements ArchiveRepository {

    /** The part of the prefix for objects that are not archives. */
    static final String CONTROL = ".ngbak";

    private static final int LIST_THREADS = 8;

    private final S3Location root;
    private final S3Connection connection;
    private final StateDirectory state;
    private final ArchiveKeys keys;
    private final OpenUploads openUploads;
    private final S3Lease.Timing timing;
    /** The manifests of the last list by the key of the object, because a server lists often. */
    private final Map<String, Listed> listed = new ConcurrentHashMap<>();

    private volatile S3Lease lease;
    /** Whether archives are sent while they are made. */
    private volatile boolean streaming;

    private record Listed(S3Archive.Version version, ArchiveInfo archive) {}

    S3Repository(S3Location root, S3Connection connection, StateDirectory state) {
        this(root, connection, state, ArchiveKeys.NONE, S3Lease.Timing.DEFAULT);
    }

    /** @param keys for the manifests of encrypted archives, and for signatures */
    S3Repository(S3Location root, S3Connection connection, StateDirectory state, ArchiveKeys keys) {
        this(root, connection, state, keys, S3Lease.Timing.DEFAULT);
    }

    S3Repository(S3Location root, S3Connection connection, StateDirectory state, S3Lease.Timing timing) {
        this(root, connection, state, ArchiveKeys.NONE, timing);
    }

    private S3Repository(
            S3Location root, S3Connection connection, StateDirectory state, ArchiveKeys keys, S3Lease.Timing timing) {
        this.timing = timing;
        this.keys = keys;
        this.root = root;
        this.connection = connection;
        this.state = state;
        this.openUploads = new OpenUploads(connection, root.bucket(), state);
    }

    @Override
    public List<ArchiveInfo> list() throws IOException {
        List<S3Object> objects = objects();
        listed.keySet().retainAll(objects.stream().map(S3Object::key).toList());
        ExecutorService pool = Executors.newFixedThreadPool(LIST_THREADS, DaemonThreads.named("ngbak-list"));
        try {
            List<Future<Optional<ArchiveInfo>>> readings = new ArrayList<>();
            objects.forEach(object -> readings.add(pool.submit(() -> info(object))));
            List<ArchiveInfo> archives = new ArrayList<>();
            for (Future<Optional<ArchiveInfo>> reading : readings) {
                result(reading).ifPresent(archives::add);
            }
            archives.sort(ArchiveInfo.NEWEST_FIRST);
            return archives;
        } finally {
            pool.shutdownNow();
        }
    }

    private static <T> T result(Future<T> future) throws IOException {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            CancellationException cancelled = new CancellationException("interrupted while listing archives");
            cancelled.initCause(e);
            throw cancelled;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IOException("an archive could not be listed", e.getCause());
        }
    }

    private List<S3Object> objects() {
        String prefix = root.path().isEmpty() ? "" : root.path() + "/";
        return connection.call("list the archives in " + root, s3 -> {
            ListObjectsV2Iterable pages = s3.listObjectsV2Paginator(
                    r -> r.bucket(root.bucket()).prefix(prefix).delimiter("/"));
            return pages.contents().stream()
                    .filter(object -> object.key().endsWith(BackupId.SUFFIX))
                    .toList();
        });
    }

    @Override
    public Sidecars sidecars() {
        return new S3Sidecars(root, connection, this::requireLease);
    }

    /** Returns nothing if the archive was deleted after it had been found. */
    private Optional<ArchiveInfo> info(S3Object object) throws IOException {
        S3Archive.Version version = new S3Archive.Version(object.size(), object.lastModified(), object.eTag());
        Listed known = listed.get(object.key());
        if (known != null && known.version().equals(version)) {
            return Optional.of(known.archive());
        }
        S3Location location = new S3Location(root.bucket(), object.key());
        S3Archive archive = new S3Archive(connection, location, version);
        ArchiveInfo info;
        try {
            info = ArchiveInfo.listed(keys.with(archive));
            info = BackupId.isArchiveName(archive.name())
                    ? info
                    : unreadable(archive, version, "its name is not a backup id; rename it");
        } catch (BackupException e) {
            if (e.kind() == Kind.NOT_FOUND) {
                return Optional.empty();
            }
            if (e.kind() == Kind.UNREACHABLE) {
                throw e;
            }
            info = unreadable(archive, version, e.problem());
        }
        listed.put(object.key(), new Listed(version, info));
        return Optional.of(info);
    }

    private static ArchiveInfo unreadable(S3Archive archive, S3Archive.Version version, String why) {
        return ArchiveInfo.unreadable(archive.name(), archive.location(), version.size(), version.modified(), why);
    }

    @Override
    public boolean contains(BackupId id) {
        return connection.head("look for the archive " + id, root.archive(id)).isPresent();
    }

    @Override
    public Set<BackupId> ids() {
        Set<BackupId> ids = new HashSet<>();
        for (S3Object object : objects()) {
            String name = new S3Location(root.bucket(), object.key()).name();
            if (BackupId.isArchiveName(name)) {
                ids.add(BackupId.ofFileName(name));
            }
        }
        return ids;
    }

    @Override
    public ReadableArchive open(BackupId id) {
        S3Location location = root.archive(id);
        return connection
                .head("look for the archive " + id, location)
                .map(found -> new S3Archive(connection, location, found))
                .orElseThrow(() -> notFound(id));
    }

    /** Compares addresses only: whoever has the archive has found it. */
    @Override
    public Optional<BackupId> idOf(ReadableArchive archive) {
        if (!BackupId.isArchiveName(archive.name())) {
            return Optional.empty();
        }
        BackupId id = BackupId.ofFileName(archive.name());
        return Optional.of(id).filter(known -> root.archive(known).toString().equals(archive.location()));
    }

    @Override
    public ArchiveUpload create(BackupId id) throws IOException {
        if (contains(id)) {
            throw exists(id);
        }
        return new S3Upload(connection, root.archive(id), streaming, state, openUploads, this::requireLease);
    }

    @Override
    public boolean needsLocalSpace(BackupId id) {
        return !streaming;
    }

    @Override
    public void delete(BackupId id) {
        S3Location archive = root.archive(id);
        HeadObjectResponse found =
                connection.head("delete the archive " + id, archive).orElseThrow(() -> notFound(id));
        requireLease();
        new ArchiveDeletion(connection, archive).delete(found);
    }

    @Override
    public RepositoryLock lock(String owner) throws IOException {
        RepositoryLock local = state.lock(owner);
        try {
            ServiceProbe probe = probe();
            Set<ServiceProbe.Function> functions = probe.known();
            probe.requireUsable(functions);
            streaming = connection.settings().streaming() && functions.contains(ServiceProbe.Function.PARTS);
            S3Lease taken = S3Lease.take(
                    connection, root.resolve(CONTROL + "/lock"), LockOwner.describe(owner), place(), timing);
            lease = taken;
            openUploads.settleAll();
            return () -> {
                try (local) {
                    lease = null;
                    taken.close();
                }
            };
        } catch (IOException | RuntimeException e) {
            releaseAfter(local);
            throw e;
        }
    }

    /** Returns a name of this state directory on this host. */
    private String place() throws IOException {
        Path file = state.resolve("s3-place");
        if (!Files.exists(file)) {
            PrivateFiles.write(file, UUID.randomUUID().toString());
        }
        return Files.readString(file) + " on " + LockOwner.host();
    }

    private void releaseAfter(RepositoryLock local) throws IOException {
        try (local) {
            if (lease != null) {
                lease.close();
                lease = null;
            }
        }
    }

    /** Throws if this process has lost the lock since it took it. */
    private void requireLease() {
        S3Lease held = lease;
        if (held != null) {
            held.requireHeld();
        }
    }

    private ServiceProbe probe() {
        return new ServiceProbe(connection, root, state);
    }

    @Override
    public List<String> examine() throws IOException {
        ServiceProbe probe = probe();
        Set<ServiceProbe.Function> functions = probe.probe();
        if (state.exists()) {
            probe.remember(functions);
        }
        probe.requireUsable(functions);
        return probe.weaknesses(functions);
    }

    @Override
    public OptionalLong freeSpace() {
        return OptionalLong.empty();
    }

    @Override
    public Optional<BackupException> problem() throws IOException {
        Optional<BackupException> local = state.problem();
        if (local.isPresent()) {
            return local;
        }
        try {
            connection.call(
                    "list the archives in " + root,
                    s3 -> s3.listObjectsV2(
                            r -> r.bucket(root.bucket()).prefix(root.path()).maxKeys(1)));
            return Optional.empty();
        } catch (BackupException e) {
            return Optional.of(e);
        }
    }

    @Override
    public String kind() {
        return S3Location.SCHEME;
    }

    @Override
    public String displayName() {
        return root + connection.settings().endpoint().map(uri -> " at " + uri).orElse("");
    }

    @Override
    public void close() {
        connection.close();
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
