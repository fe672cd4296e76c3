package dev.ngbak.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ngbak.archive.ArchiveReader;
import dev.ngbak.archive.ArchiveWriter;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.Compression;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.ManifestEntry;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.ArchiveRepository;
import dev.ngbak.repository.ArchiveUpload;
import dev.ngbak.repository.RepositoryLock;
import dev.ngbak.repository.Sidecars;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** The promises of every repository. The test class of a repository implements this interface. */
public interface RepositoryContract {

    /** Returns a repository with the same content at every call during one test; empty at the first. */
    ArchiveRepository repository();

    /** Returns the state directory of the repository. */
    StateDirectory state();

    /** Returns a directory for temporary files of the test. */
    Path temporaryDirectory();

    @Test
    default void emptyRepositoryHasNoArchives() throws IOException {
        BackupId id = new BackupId("missing");
        assertThat(repository().list()).isEmpty();
        assertThat(repository().contains(id)).isFalse();
        assertFails(Kind.NOT_FOUND, () -> repository().open(id));
        assertThat(repository().displayName()).isNotBlank();
    }

    @Test
    default void lookingAtTheRepositoryCreatesNothing() throws IOException {
        repository().list();
        repository().problem();
        repository().freeSpace();
        assertThat(state().exists()).isFalse();
    }

    @Test
    default void committedArchiveIsListedAndReadable() throws IOException {
        ReadableArchive archive = store("first", 1, Instant.parse("2026-01-01T00:00:00Z"));

        ArchiveInfo listed = repository().list().get(0);
        assertThat(listed.id()).isEqualTo("first");
        assertThat(listed.unreadable()).isNull();
        assertThat(listed.manifest().backupId()).isEqualTo(new BackupId("first"));
        assertThat(listed.size()).isEqualTo(archive.size());
        assertThat(listed.location()).isEqualTo(archive.location());
        assertThat(listed.modifiedAt()).isEqualTo(archive.lastModified());
        assertThat(repository().contains(new BackupId("first"))).isTrue();
        assertThat(repository().idOf(archive)).contains(new BackupId("first"));
        readWhole(repository().open(new BackupId("first")));
    }

    @Test
    default void archivesAreListedNewestFirst() throws IOException {
        store("b", 1, Instant.parse("2026-01-02T00:00:00Z"));
        store("a", 1, Instant.parse("2026-01-01T00:00:00Z"));
        store("c", 1, Instant.parse("2026-01-03T00:00:00Z"));
        assertThat(repository().list()).extracting(ArchiveInfo::id).containsExactly("c", "b", "a");
        assertThat(repository().ids()).extracting(BackupId::text).containsExactlyInAnyOrder("a", "b", "c");
    }

    @Test
    default void readStartsAtAnyOffset() throws IOException {
        ReadableArchive archive = store("offsets", 300_000, Instant.parse("2026-01-01T00:00:00Z"));
        byte[] whole;
        try (InputStream in = archive.read(0)) {
            whole = in.readAllBytes();
        }
        assertThat(whole.length).isEqualTo((int) archive.size());
        for (int offset : new int[] {1, 511, whole.length / 2, whole.length - 1, whole.length}) {
            try (InputStream in = archive.read(offset)) {
                assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(whole, offset, whole.length));
            }
        }
    }

    @Test
    default void uploadIsInvisibleUntilItIsCommitted() throws IOException {
        BackupId id = new BackupId("draft");
        try (RepositoryLock lock = repository().lock("a test");
                ArchiveUpload upload = repository().create(id)) {
            write(upload, "draft", 1, Instant.parse("2026-01-01T00:00:00Z"));
            assertThat(repository().list()).isEmpty();
            assertThat(repository().contains(id)).isFalse();
            upload.commit(RepositoryContract::readWhole);
            assertThat(repository().list()).hasSize(1);
        }
        assertThat(repository().list()).hasSize(1);
    }

    @Test
    default void uploadThatIsClosedWithoutCommitLeavesNothing() throws IOException {
        try (RepositoryLock lock = repository().lock("a test")) {
            try (ArchiveUpload upload = repository().create(new BackupId("draft"))) {
                write(upload, "draft", 1, Instant.parse("2026-01-01T00:00:00Z"));
            }
            try (ArchiveUpload upload = repository().create(new BackupId("draft"))) {
                assertThat(upload.channel(1).isOpen()).isTrue();
            }
        }
        assertThat(repository().list()).isEmpty();
    }

    @Test
    default void archiveThatFailsItsCheckIsGone() throws IOException {
        BackupId id = new BackupId("wrong");
        try (RepositoryLock lock = repository().lock("a test");
                ArchiveUpload upload = repository().create(id)) {
            write(upload, "wrong", 1, Instant.parse("2026-01-01T00:00:00Z"));
            assertFails(
                    Kind.CORRUPT,
                    () -> upload.commit(written -> {
                        throw new BackupException(Kind.CORRUPT, "a test", "");
                    }));
        }
        assertThat(repository().contains(id)).isFalse();
        assertThat(repository().list()).isEmpty();
    }

    @Test
    default void idInUseIsRefusedAndTheArchiveStays() throws IOException {
        store("taken", 1, Instant.parse("2026-01-01T00:00:00Z"));
        try (RepositoryLock lock = repository().lock("a test")) {
            assertFails(Kind.ALREADY_EXISTS, () -> repository().create(new BackupId("taken")));
        }
        readWhole(repository().open(new BackupId("taken")));
    }

    @Test
    default void commitRefusesAnIdThatWasTakenMeanwhile() throws IOException {
        BackupId id = new BackupId("race");
        try (RepositoryLock lock = repository().lock("a test");
                ArchiveUpload slow = repository().create(id)) {
            write(slow, "race", 1, Instant.parse("2026-01-01T00:00:00Z"));
            try (ArchiveUpload fast = repository().create(id)) {
                write(fast, "race", 2, Instant.parse("2026-01-01T00:00:00Z"));
                fast.commit(written -> {});
            }
            long size = repository().open(id).size();
            assertFails(Kind.ALREADY_EXISTS, () -> slow.commit(written -> {}));
            assertThat(repository().open(id).size()).isEqualTo(size);
        }
    }

    @Test
    default void deletedArchiveIsGone() throws IOException {
        BackupId id = new BackupId("old");
        store("old", 1, Instant.parse("2026-01-01T00:00:00Z"));
        store("new", 1, Instant.parse("2026-01-02T00:00:00Z"));
        try (RepositoryLock lock = repository().lock("a test")) {
            repository().delete(id);
            assertFails(Kind.NOT_FOUND, () -> repository().delete(id));
        }
        assertThat(repository().list()).extracting(ArchiveInfo::id).containsExactly("new");
        assertFails(Kind.NOT_FOUND, () -> repository().open(id));
    }

    @Test
    default void sidecarsAreKeptForEachArchive() throws IOException {
        BackupId id = new BackupId("kept");
        BackupId other = new BackupId("other-1.0");
        Sidecars sidecars = repository().sidecars();
        assertThat(sidecars.all()).isEmpty();
        store("kept", 1, Instant.parse("2026-01-01T00:00:00Z"));
        store("other-1.0", 1, Instant.parse("2026-01-02T00:00:00Z"));
        byte[] evidence = "{\"ok\": true}".getBytes(StandardCharsets.UTF_8);
        try (RepositoryLock lock = repository().lock("a test")) {
            sidecars.write(id, "pin", new byte[0]);
            sidecars.write(id, "pin", new byte[0]);
            sidecars.write(other, "drill-2026-01-02T00-00-00Z-passed-1.json", evidence);
            sidecars.write(other, "pin", new byte[0]);
        }
        assertThat(sidecars.all())
                .isEqualTo(Map.of(id, Set.of("pin"), other, Set.of("pin", "drill-2026-01-02T00-00-00Z-passed-1.json")));
        assertThat(sidecars.read(other, "drill-2026-01-02T00-00-00Z-passed-1.json"))
                .isEqualTo(evidence);
        assertThat(repository().list()).extracting(ArchiveInfo::id).containsExactly("other-1.0", "kept");
        try (RepositoryLock lock = repository().lock("a test")) {
            sidecars.delete(id, "pin");
            sidecars.delete(id, "pin");
            assertThat(sidecars.all()).containsOnlyKeys(other);
            sidecars.deleteAll(other);
            sidecars.deleteAll(other);
        }
        assertThat(sidecars.all()).isEmpty();
        assertFails(Kind.NOT_FOUND, () -> sidecars.read(id, "pin"));
    }

    @Test
    default void sidecarsHaveSafeNamesAndALimit() throws IOException {
        BackupId id = new BackupId("kept");
        Sidecars sidecars = repository().sidecars();
        store("kept", 1, Instant.parse("2026-01-01T00:00:00Z"));
        try (RepositoryLock lock = repository().lock("a test")) {
            assertThatIllegalArgumentException().isThrownBy(() -> sidecars.write(id, "../../kept.ngbak", new byte[0]));
            sidecars.write(id, "large", new byte[Sidecars.MAX_BYTES]);
            assertThat(sidecars.read(id, "large")).hasSize(Sidecars.MAX_BYTES);
            sidecars.write(id, "large", new byte[Sidecars.MAX_BYTES + 1]);
        }
        assertFails(Kind.CORRUPT, () -> sidecars.read(id, "large"));
    }

    @Test
    default void damagedArchiveIsListedAsUnreadable() throws IOException {
        try (RepositoryLock lock = repository().lock("a test");
                ArchiveUpload upload = repository().create(new BackupId("damaged"))) {
            upload.channel(1).write(StandardCharsets.UTF_8.encode("not an archive"));
            upload.commit(written -> {});
        }
        ArchiveInfo listed = repository().list().get(0);
        assertThat(listed.id()).isEqualTo("damaged");
        assertThat(listed.manifest()).isNull();
        assertThat(listed.unreadable()).isNotBlank();
        assertThat(listed.size()).isEqualTo(14);
    }

    @Test
    default void lockIsExclusiveAndNamesItsOwner() throws IOException {
        try (RepositoryLock lock = repository().lock("the backup before-reindex")) {
            assertThatExceptionOfType(BackupException.class)
                    .isThrownBy(() -> repository().lock("another job"))
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.BUSY))
                    .withMessageContaining("the backup before-reindex");
        }
        repository().lock("another job").close();
    }

    @Test
    default void spaceAndProblemsAreReported() throws IOException {
        assertThat(repository().problem()).isEmpty();
        repository().freeSpace().ifPresent(bytes -> assertThat(bytes).isPositive());
    }

    private ReadableArchive store(String id, int bytes, Instant createdAt) throws IOException {
        try (RepositoryLock lock = repository().lock("a test");
                ArchiveUpload upload = repository().create(new BackupId(id))) {
            write(upload, id, bytes, createdAt);
            return upload.commit(written -> {});
        }
    }

    private void write(ArchiveUpload upload, String id, int bytes, Instant createdAt) throws IOException {
        byte[] content = new byte[bytes];
        new Random(bytes).nextBytes(content);
        try (ArchiveWriter writer = new ArchiveWriter(upload.staging(), Compression.GZIP)) {
            writer.sink(Role.KV, "json").put("docs", ".json", out -> out.write(content));
            List<ManifestEntry> files = writer.files();
            Manifest.Store store = new Manifest.Store(
                    "json",
                    new StoreInfo("test", "1", "test/1", Map.of(), -1),
                    new StoreSummary(-1, StoreCounts.NONE, null, List.of()),
                    writer.names(Role.KV, "json"));
            Manifest manifest = new Manifest(
                    new BackupId(id),
                    createdAt,
                    "contract",
                    new Manifest.SourceSystem("nano-graphrag", "unknown", null),
                    null,
                    Map.of(),
                    Map.of(Role.KV, store),
                    new Manifest.Consistency(Manifest.Grade.QUIESCENT, Map.of(Role.KV, Comparison.UNCHANGED)),
                    0,
                    files,
                    Manifest.checksumOf(files));
            writer.assemble(manifest, upload.channel(writer.expectedBytes()));
        }
    }

    private static void readWhole(ReadableArchive archive) throws IOException {
        try (ArchiveReader reader = ArchiveReader.open(archive)) {
            int files = 0;
            while (reader.next() != null) {
                files++;
            }
            assertThat(files).isEqualTo(reader.manifest().files().size()).isPositive();
        }
    }

    private static void assertFails(Kind kind, ThrowingCallable call) {
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(call)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(kind));
    }
}
