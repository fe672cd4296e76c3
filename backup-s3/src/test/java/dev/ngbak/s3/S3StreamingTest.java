package dev.ngbak.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.EntryStaging;
import dev.ngbak.archive.LocalStaging;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.archive.StagedEntry;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.repository.ArchiveUpload;
import dev.ngbak.repository.RepositoryLock;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sends entries while they are written: the archive has the same bytes as one that was put together on the disk. */
class S3StreamingTest {

    private static final BackupId ID = new BackupId("streamed");
    private static final int MIB = 1 << 20;
    private static final int HEAD = PartNumbers.MIN_PART_BYTES;
    private static final int PART = (int) PartNumbers.FIRST_PART_BYTES;
    private static final int CHUNK = 700_001;

    private static S3Service service;

    @TempDir
    private Path directory;

    private StateDirectory state;
    private S3Repository repository;
    /** The sizes of entries by their paths. */
    private final Map<String, Integer> contents = new TreeMap<>();

    @BeforeAll
    static void startService(@TempDir Path objects) throws Exception {
        service = S3Service.s3proxy(objects);
    }

    @AfterAll
    static void stopService() throws Exception {
        service.close();
    }

    @BeforeEach
    void start() {
        service.useNewBucket();
        state = new StateDirectory(directory.resolve("backups/.ngbak"));
        repository = new S3Repository(service.root(), service.connection(service.streaming()), state);
    }

    @AfterEach
    void stop() {
        repository.close();
    }

    private static Role role(String path) {
        return path.startsWith("graph/") ? Role.GRAPH : path.startsWith("kv/") ? Role.KV : Role.VECTOR;
    }

    private void content(String path, int bytes) {
        contents.put(path, bytes);
    }

    private StagedEntry write(EntryStaging staging, String path) throws IOException {
        Random random = new Random(path.hashCode());
        byte[] chunk = new byte[CHUNK];
        int size = contents.get(path);
        StagedEntry entry = staging.begin(role(path), path);
        try (entry) {
            for (int at = 0; at < size; at += CHUNK) {
                random.nextBytes(chunk);
                entry.write(chunk, 0, Math.min(CHUNK, size - at));
            }
        }
        assertThat(entry.size()).isEqualTo(size);
        return entry;
    }

    /** Writes the entries of each store in a thread of its own, in the given order. */
    private Map<String, StagedEntry> write(EntryStaging staging, List<String> paths) throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            Map<String, StagedEntry> written = new TreeMap<>();
            Map<Role, Callable<Map<String, StagedEntry>>> stores = new LinkedHashMap<>();
            for (Role role : Role.values()) {
                stores.put(role, () -> {
                    Map<String, StagedEntry> entries = new TreeMap<>();
                    for (String path : paths) {
                        if (role(path) == role) {
                            entries.put(path, write(staging, path));
                        }
                    }
                    return entries;
                });
            }
            for (Future<Map<String, StagedEntry>> store : threads.invokeAll(stores.values())) {
                written.putAll(store.get());
            }
            return written;
        } finally {
            threads.shutdownNow();
        }
    }

    /** Puts an archive together: a short header before each entry, in the order of the paths. */
    private void assemble(Map<String, StagedEntry> entries, WritableByteChannel archive) throws IOException {
        for (Map.Entry<String, StagedEntry> entry : entries.entrySet()) {
            archive.write(StandardCharsets.UTF_8.encode(entry.getKey()));
            entry.getValue().moveTo(archive);
        }
        archive.write(StandardCharsets.UTF_8.encode("the end"));
    }

    private String expected() throws IOException {
        MessageDigest sha256 = ContentDigest.sha256();
        Map<String, StagedEntry> entries = new TreeMap<>();
        try (LocalStaging staging = new LocalStaging(Files.createTempDirectory(directory, "local"))) {
            for (String path : contents.keySet()) {
                entries.put(path, write(staging, path));
            }
            assemble(entries, Channels.newChannel(new DigestOutputStream(OutputStream.nullOutputStream(), sha256)));
        }
        return HexFormat.of().formatHex(sha256.digest());
    }

    private static String digest(ReadableArchive archive) throws IOException {
        MessageDigest sha256 = ContentDigest.sha256();
        try (InputStream in = archive.read(0)) {
            in.transferTo(new DigestOutputStream(OutputStream.nullOutputStream(), sha256));
        }
        return HexFormat.of().formatHex(sha256.digest());
    }

    /** Returns the digest of the archive in the bucket. */
    private String stream(List<String> paths) throws Exception {
        try (RepositoryLock lock = repository.lock("a test");
                ArchiveUpload upload = repository.create(ID)) {
            try (EntryStaging staging = upload.staging()) {
                assemble(write(staging, paths), upload.channel(0));
            }
            return digest(upload.commit(written -> {}));
        }
    }

    @Test
    void archiveHasTheSameBytesWhateverTheSizesOfItsEntries() throws Exception {
        content("graph/a", 0);
        content("graph/b", HEAD - 1);
        content("graph/c", HEAD);
        content("graph/d", HEAD + PART - 1);
        content("graph/e", HEAD + PART);
        content("kv/a", HEAD + PART + 1);
        content("kv/b", 1);
        content("kv/c", HEAD + 2 * PART + 12);
        content("vectors/x/a", 3 * PART);
        content("vectors/x/b", 4 * PART);
        assertThat(stream(List.copyOf(contents.keySet()))).isEqualTo(expected());
        assertThat(service.openUploads()).isEmpty();
    }

    @Test
    void entriesOutOfOrderStayLocal() throws Exception {
        content("kv/a", HEAD + 2 * PART + 5);
        content("kv/b", HEAD + PART + 7);
        content("kv/c", HEAD + 2 * PART);
        assertThat(stream(List.of("kv/b", "kv/a", "kv/c"))).isEqualTo(expected());
    }

    @Test
    void droppedEntriesLeaveNoTrace() throws Exception {
        content("graph/a", HEAD + PART + 3);
        content("kv/a", HEAD + 2 * PART);
        content("kv/b", HEAD + PART);
        try (RepositoryLock lock = repository.lock("a test");
                ArchiveUpload upload = repository.create(ID)) {
            EntryStaging staging = upload.staging();
            for (StagedEntry entry :
                    write(staging, List.of("graph/a", "kv/a", "kv/b")).values()) {
                entry.delete();
            }
            contents.remove("kv/a");
            content("kv/b", HEAD + 2 * PART + 100);
            assemble(write(staging, List.of("graph/a", "kv/b")), upload.channel(0));
            assertThat(digest(upload.commit(written -> {}))).isEqualTo(expected());
        }
    }

    @Test
    void manySmallEntriesBetweenTwoStreamedOnesFit() throws Exception {
        content("kv/a", HEAD + PART);
        for (int i = 100; i < 120; i++) {
            content("kv/b" + i, 2 * MIB);
        }
        content("kv/c", HEAD + PART);
        assertThat(stream(List.copyOf(contents.keySet()))).isEqualTo(expected());
    }

    @Test
    void localDiskHoldsNoMoreThanAFewPartsOfEachStore() throws Exception {
        long most = 0;
        byte[] chunk = new byte[MIB];
        Random random = new Random(1);
        try (RepositoryLock lock = repository.lock("a test");
                ArchiveUpload upload = repository.create(ID)) {
            WritableByteChannel archive;
            try (EntryStaging staging = upload.staging()) {
                StagedEntry entry = staging.begin(Role.KV, "kv/large");
                try (entry) {
                    for (int i = 0; i < 100; i++) {
                        random.nextBytes(chunk);
                        entry.write(chunk, 0, chunk.length);
                        most = Math.max(most, localBytes());
                    }
                }
                archive = upload.channel(0);
                entry.moveTo(archive);
            }
            ReadableArchive made = upload.commit(written -> {});
            assertThat(made.size()).isEqualTo(100L * MIB);
        }
        assertThat(most).isGreaterThan(HEAD).isLessThanOrEqualTo(HEAD + (PartSender.THREADS + 1L) * PART);
        assertThat(localBytes()).isZero();
    }

    private long localBytes() throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.walk(state.resolve("spool"))) {
            for (Path file : (Iterable<Path>) files::iterator) {
                bytes += Files.isRegularFile(file) ? Files.size(file) : 0;
            }
        } catch (java.io.UncheckedIOException | NoSuchFileException e) {
            return bytes; // A part was sent and deleted meanwhile.
        }
        return bytes;
    }

    @Test
    void uploadThatIsClosedWhilePartsAreOnTheirWayLeavesNothing() throws Exception {
        content("kv/a", HEAD + 4 * PART);
        try (RepositoryLock lock = repository.lock("a test")) {
            try (ArchiveUpload upload = repository.create(ID);
                    EntryStaging staging = upload.staging()) {
                write(staging, "kv/a");
            }
            assertThat(repository.contains(ID)).isFalse();
        }
        assertThat(service.openUploads()).isEmpty();
        assertThat(localBytes()).isZero();
    }

    @Test
    void cancelledBackupDoesNotWaitForAServiceThatDoesNotAnswer() throws IOException {
        S3BackupTest.SampleSystem system = new S3BackupTest.SampleSystem(directory, 96 * MIB);
        Settings settings = system.settings(service.streaming());
        try (FaultProxy proxy = new FaultProxy(service.endpoint())) {
            BackupManager manager = new BackupManager(
                    settings.with("BACKUP_S3_ENDPOINT", proxy.endpoint().toString()));
            AtomicInteger parts = new AtomicInteger();
            Job job = new Job();
            proxy.plan(request -> {
                if (!request.isPart()) {
                    return FaultProxy.Fault.NONE;
                }
                if (parts.incrementAndGet() == PartSender.THREADS) {
                    job.cancel();
                }
                return FaultProxy.hang();
            });
            BackupException e = catchThrowableOfType(BackupException.class, () -> manager.create("victim", null, job));
            assertThat(e.kind()).as(e.getMessage()).isEqualTo(Kind.CANCELLED);
        }
        BackupManager next = new BackupManager(settings);
        assertThat(next.list()).isEmpty();
        next.create("next", null, new Job());
        assertThat(service.openUploads()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"stream", "disk"})
    void failureOfTheServiceIsNotBlamedOnAStore(String staging) throws IOException {
        S3BackupTest.SampleSystem system = new S3BackupTest.SampleSystem(directory, 24 * MIB);
        try (FaultProxy proxy = new FaultProxy(service.endpoint())) {
            BackupManager manager = new BackupManager(system.settings(service.settings())
                    .with("BACKUP_S3_STAGING", staging)
                    .with("BACKUP_S3_ENDPOINT", proxy.endpoint().toString()));
            proxy.plan(request -> request.isPart() ? FaultProxy.error(400, "ExpiredToken") : FaultProxy.Fault.NONE);
            List<String> log = new ArrayList<>();
            BackupException e = catchThrowableOfType(
                    BackupException.class,
                    () -> manager.create("victim", null, new Job(line -> log.add(line.message()))));
            assertThat(e.kind()).isEqualTo(Kind.INVALID);
            assertThat(e.role()).isEmpty();
            assertThat(e).hasMessageContaining("expired");
            assertThat(log).noneMatch(line -> line.contains("Trying again"));
            proxy.plan(request -> FaultProxy.Fault.NONE);
            assertThat(manager.list()).isEmpty();
            manager.create("whole", null, new Job());
            assertThat(manager.verify(manager.archive("whole"), new Job()).decoded())
                    .hasSize(3);
        }
        assertThat(service.openUploads()).isEmpty();
    }
}
