package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.spy;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.EntryStaging;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.ArchiveUpload;
import dev.ngbak.repository.LocalRepository;
import dev.ngbak.repository.Repositories;
import dev.ngbak.repository.RepositoryLock;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies archives from a folder to a folder. */
class CopyTest extends ThreeStores {

    private Path target;
    private Path original;

    @BeforeEach
    void makeArchive() throws IOException {
        target = Files.createDirectory(temp.resolve("target"));
        original = file(manager().create("b", null, new Job()));
    }

    private CopyResult copy(String archive) {
        return manager().copy(CopyRequest.builder(archive, target.toString()).build());
    }

    private BackupManager managerOfTarget() {
        environment.put("BACKUP_DIR", target.toString());
        return manager();
    }

    private static String sha256(Path file) throws IOException {
        return HexFormat.of().formatHex(ContentDigest.sha256().digest(Files.readAllBytes(file)));
    }

    /** Returns the archives of the target and what else a killed or failed copy could leave there. */
    private List<String> filesOfTarget() throws IOException {
        try (Stream<Path> files = Files.walk(target)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> target.relativize(file).toString())
                    .filter(name -> !name.equals(".ngbak/lock") && !name.startsWith(".ngbak/verified/"))
                    .sorted()
                    .toList();
        }
    }

    private static void damage(Path file, int fromEnd) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - fromEnd] ^= 1;
        Files.write(file, bytes);
    }

    @Test
    void copyHasTheSameBytesAndIsVerified() throws IOException {
        CopyResult result = copy("b");

        Path copy = target.resolve("b.ngbak");
        assertThat(copy).hasSameBinaryContentAs(original);
        assertThat(result.isNew()).isTrue();
        assertThat(result.target()).isEqualTo(target.toString());
        assertThat(result.archive().location()).isEqualTo(copy.toString());
        assertThat(result.sha256()).isEqualTo(sha256(original));
        assertThat(filesOfTarget()).containsExactly("b.ngbak");
        ArchiveInfo listed = managerOfTarget().list().get(0);
        assertThat(listed.verification()).isEqualTo(result.archive().verification());
        assertThat(listed.verification().ok()).isTrue();
    }

    @Test
    void copyRestores() {
        copy("b");
        kv.lines.set(0, "changed");

        managerOfTarget().restore("b");

        assertThat(kv.lines).containsExactly("doc");
    }

    @ParameterizedTest
    @ValueSource(strings = {"latest", "b"})
    void secondCopyFindsTheFirst(String name) throws IOException {
        copy("b");
        List<JobEvent> events = new ArrayList<>();

        CopyResult again = manager()
                .copy(CopyRequest.builder(name, target.toUri().toString())
                        .listener(events::add)
                        .build());

        assertThat(again.isNew()).isFalse();
        assertThat(again.archive().id()).isEqualTo("b");
        assertThat(again.sha256()).isNull();
        assertThat(events).as("the copy was verified when it was made").hasToString("[Phase: checking]");
        assertThat(filesOfTarget()).containsExactly("b.ngbak");
    }

    @Test
    void listenerHearsOfThePhases() {
        List<String> phases = new ArrayList<>();

        manager()
                .copy(CopyRequest.builder(archive(original), target.toString())
                        .listener(event -> {
                            if (event instanceof JobEvent.PhaseStarted started) {
                                phases.add(started.label());
                            }
                        })
                        .build());

        assertThat(phases).containsExactly("checking", "copying", "verifying");
    }

    /** A process can be killed between the moment at which a bucket shows a copy and the verification. */
    @Test
    void copyThatWasNeverVerifiedIsVerified() throws IOException {
        Files.copy(original, target.resolve("b.ngbak"));

        CopyResult present = copy("b");

        assertThat(present.isNew()).isFalse();
        assertThat(present.archive().verification().ok()).isTrue();

        Files.delete(target.resolve(".ngbak/verified/b.json"));
        damage(target.resolve("b.ngbak"), 5);
        BackupException damaged = failure(() -> copy("b"));
        assertThat(damaged.kind()).isEqualTo(Kind.CORRUPT);
        assertThat(damaged)
                .hasMessageContaining("The copy of b that " + target)
                .hasMessageContaining("Delete it there");
    }

    @Test
    void otherArchiveUnderTheSameIdStays() throws IOException {
        copy("b");
        byte[] before = Files.readAllBytes(target.resolve("b.ngbak"));
        manager().delete(new BackupId("b"), new Job());
        kv.lines.set(0, "other");
        manager().create("b", null, new Job());

        BackupException taken = failure(() -> copy("b"));

        assertThat(taken.kind()).isEqualTo(Kind.ALREADY_EXISTS);
        assertThat(taken)
                .hasMessageContaining(target + " has another archive under the id b, made 2025-10-06 14:30:00");
        assertThat(target.resolve("b.ngbak")).hasBinaryContent(before);
    }

    @Test
    void unreadableFileUnderTheSameIdStays() throws IOException {
        Files.writeString(target.resolve("b.ngbak"), "text");

        BackupException taken = failure(() -> copy("b"));

        assertThat(taken.kind()).isEqualTo(Kind.ALREADY_EXISTS);
        assertThat(taken).hasMessageContaining("cannot be read");
        assertThat(target.resolve("b.ngbak")).hasContent("text");
    }

    /** Damages the payload, the end of the packed bytes, and the manifest. */
    @ParameterizedTest
    @ValueSource(ints = {40, 5, -300})
    void damagedArchiveIsNotCopied(int fromEnd) throws IOException {
        int size = (int) Files.size(original);
        damage(original, fromEnd < 0 ? size + fromEnd : fromEnd);

        BackupException refused = failure(() -> copy("b"));

        assertThat(refused.kind()).isEqualTo(Kind.CORRUPT);
        assertThat(refused.effect()).contains(Effect.NO_ARCHIVE);
        assertThat(refused).hasMessageContaining("The archive b.ngbak is damaged");
        assertThat(filesOfTarget()).isEmpty();
    }

    @Test
    void damageThatACopyFindsIsRecorded() throws IOException {
        damage(original, 5);
        failure(() -> copy("b"));

        assertThat(manager().list().get(0).verification().ok()).isFalse();
    }

    @Test
    void cancelledCopyLeavesNothing() throws IOException {
        for (String phase : List.of("checking", "copying", "verifying")) {
            Job[] job = new Job[1];
            job[0] = new Job(line -> {}, () -> {
                if (job[0].phaseLabel().equals(phase)) {
                    job[0].cancel();
                }
            });

            BackupException cancelled =
                    failure(() -> manager().copy(archive(original), target.toString(), Settings.of(Map.of()), job[0]));

            assertThat(cancelled.kind()).as(phase).isEqualTo(Kind.CANCELLED);
            assertThat(filesOfTarget()).as(phase).isEmpty();
        }
    }

    /** Changes a byte of the gzip header that has no meaning, so that only the digest can show it. */
    @Test
    void copyThatComesBackWithOtherBytesIsDeleted() throws IOException {
        StateDirectory state = new StateDirectory(target.resolve(".ngbak"));
        LocalRepository repository = spy(new LocalRepository(target, state));
        doAnswer(call -> changingByte(4, (ArchiveUpload) call.callRealMethod()))
                .when(repository)
                .create(any());
        StoreRegistry stores = new StoreRegistry(
                Settings.of(environment),
                all.stream().map(store -> store.exporter).toList(),
                all.stream().map(store -> store.restorer).toList());
        EngineContext source = EngineContext.of(stores, Clock.systemUTC());
        EngineContext other = source.with(new Repositories.WithState(repository, state));

        BackupException e = failure(() -> new CopyTask(source, other, new Job()).run(archive(original)));

        assertThat(e).hasMessageContaining("differs from its original and was deleted: its SHA-256 is another one");
        assertThat(filesOfTarget()).isEmpty();
    }

    private ArchiveUpload changingByte(int place, ArchiveUpload upload) throws IOException {
        FileChannel channel = (FileChannel) upload.channel(Files.size(original));
        return new ArchiveUpload() {
            @Override
            public WritableByteChannel channel(long expectedBytes) {
                return channel;
            }

            @Override
            public EntryStaging staging() throws IOException {
                return upload.staging();
            }

            @Override
            public ReadableArchive commit(Check check) throws IOException {
                channel.write(ByteBuffer.wrap(new byte[] {1}), place);
                return upload.commit(check);
            }

            @Override
            public void close() throws IOException {
                upload.close();
            }
        };
    }

    @Test
    void nextCopyDeletesWhatAKilledOneLeft() throws IOException {
        Path abandoned = Files.createDirectories(target.resolve(".ngbak/spool/archive-1"));
        Files.writeString(abandoned.resolve("archive.part"), "half");

        copy("b");

        assertThat(filesOfTarget()).containsExactly("b.ngbak");
    }

    @Test
    void missingTargetIsNotCreated() {
        target = temp.resolve("not-mounted");

        BackupException missing = failure(() -> copy("b"));

        assertThat(missing.kind()).isEqualTo(Kind.INVALID);
        assertThat(missing).hasMessageContaining(target + " does not exist").hasMessageContaining("Mount its disk");
        assertThat(target).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3:/marker@bucket", "https://user:marker@host/x", "file:relative", "x:y"})
    void unusableTargetIsRefusedWithoutShowingIt(String address) {
        BackupException refused =
                failure(() -> manager().copy(CopyRequest.builder("b", address).build()));

        assertThat(refused.kind()).isEqualTo(Kind.INVALID);
        assertThat(refused.getMessage()).doesNotContain("marker");
    }

    @Test
    void repositoryOfTheArchiveIsNoTarget() throws IOException {
        Path link = Files.createSymbolicLink(temp.resolve("link"), folder);
        for (Path same : List.of(folder, link)) {
            target = same;
            BackupException refused = failure(() -> copy("b"));
            assertThat(refused.kind()).isEqualTo(Kind.INVALID);
            assertThat(refused).hasMessageContaining("nothing to copy");
        }
    }

    @Test
    void fileIsCopiedIntoTheRepository() throws IOException {
        copy("b");
        manager().delete(new BackupId("b"), new Job());
        String file = target.resolve("b.ngbak").toString();
        target = folder;

        assertThat(copy(file).isNew()).isTrue();
        assertThat(manager().list()).extracting(ArchiveInfo::id).containsExactly("b");

        Path renamed = Files.copy(original, temp.resolve("not an id.ngbak"));
        assertThat(failure(() -> copy(renamed.toString())).kind()).isEqualTo(Kind.INVALID);
    }

    @Test
    void onlyTheTargetIsLocked() throws IOException {
        try (RepositoryLock lock = manager().repository().lock("a backup")) {
            assertThat(copy("b").isNew()).isTrue();
        }
        Files.delete(target.resolve("b.ngbak"));
        try (RepositoryLock lock = new StateDirectory(target.resolve(".ngbak")).lock("another job")) {
            BackupException busy = failure(() -> copy("b"));
            assertThat(busy.kind()).isEqualTo(Kind.BUSY);
            assertThat(busy)
                    .hasMessageContaining("Another job writes to " + target)
                    .hasMessageContaining("another job, process");
        }
        assertThat(filesOfTarget()).isEmpty();
    }

    @Test
    void safetyArchivesAreCopiedLikeOthers() {
        kv.lines.set(0, "changed");
        String safety = manager().restore("b").safetyArchive();

        assertThat(copy(safety).isNew()).isTrue();
    }
}
