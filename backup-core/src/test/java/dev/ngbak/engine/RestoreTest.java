package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doCallRealMethod;
import static org.mockito.Mockito.doNothing;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.archive.ArchiveReader;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.ManifestEntry;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.mockito.InOrder;

/** After a restore, however it ends, the stores hold all of the new state or all of the old one, and it says which. */
class RestoreTest extends ThreeStores {

    private static final RestoreOptions WITHOUT_WAY_BACK = new RestoreOptions(Set.of(), false, false);

    private final List<Job.Line> log = new ArrayList<>();
    private ArchiveInfo backup;

    /** The archive holds the lines that the stores were made with; what they hold now is another state. */
    @BeforeEach
    void backUpAndChange() {
        backup = manager().create("mine", null, new Job());
        graph.lines.set(0, "changed");
        vector.lines.clear();
        kv.write("newer");
    }

    private void assertNew() {
        assertThat(graph.lines).containsExactly("a", "b");
        assertThat(vector.lines).containsExactly("v1", "v2", "v3");
        assertThat(kv.lines).containsExactly("doc");
    }

    private void assertOld() {
        assertThat(graph.lines).containsExactly("changed", "b");
        assertThat(vector.lines).isEmpty();
        assertThat(kv.lines).containsExactly("doc", "newer");
    }

    private FakeStore store(Role role) {
        return all.get(role.ordinal());
    }

    private Job job() {
        return new Job(log::add);
    }

    private RestoreResult restore() {
        return restore(backup, RestoreOptions.DEFAULT, job());
    }

    private RestoreResult restore(ArchiveInfo archive, RestoreOptions options, Job job) {
        return manager().restore(archive.file(), options, plan -> true, job);
    }

    private List<String> warnings() {
        return log.stream()
                .filter(line -> line.level() == Job.Level.WARN)
                .map(Job.Line::message)
                .toList();
    }

    /** What a store does that dies in the middle of being replaced. */
    private static void failHalfway(FakeStore store, Throwable failure) throws IOException {
        doAnswer(call -> {
                    store.lines.clear();
                    store.lines.add("half of it");
                    throw failure;
                })
                .when(store.restore)
                .restore(any(), any(), any());
    }

    private static void heal(FakeStore store) throws IOException {
        doCallRealMethod().when(store.restore).restore(any(), any(), any());
    }

    private static BackupException connectionBroke() {
        return new BackupException(Kind.UNREACHABLE, "The connection broke", "Start it");
    }

    private Path journal() {
        return folder.resolve(".ngbak/restore.journal");
    }

    /** A restore that failed and could not be rolled back, since the vector store is gone. */
    private BackupException leaveAMix() throws IOException {
        failHalfway(vector, connectionBroke());
        BackupException e = failure(this::restore);
        assertThat(e.kind()).isEqualTo(Kind.ROLLBACK_FAILED);
        return e;
    }

    // ---- what it does when all goes well

    @Test
    void allThreeArePutBackAndProved() {
        RestoreResult result = restore();

        assertNew();
        assertThat(result.proofs().values()).containsOnly("content digest");
        assertThat(warnings()).isEmpty();
        assertThat(left()).containsExactly("mine.ngbak", result.safetyArchive() + ".ngbak");
    }

    @Test
    void itChecksThenLooksThenAsksThenSavesThenReplacesThenProves() throws IOException {
        InOrder order = inOrder(kv.restorer, kv.restore, kv.exporter, kv.export);

        manager()
                .restore(
                        backup.file(),
                        RestoreOptions.DEFAULT,
                        plan -> {
                            try {
                                order.verify(kv.restorer).read(any(), any(), any(), any());
                                order.verify(kv.restorer).open(any());
                                order.verify(kv.restore).problems(any(), anyLong());
                                verify(kv.restore, never()).restore(any(), any(), any());
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                            return true;
                        },
                        new Job());

        order.verify(kv.export).export(any(), any(), any());
        order.verify(kv.restore).restore(any(), any(), any());
        order.verify(kv.exporter).open(any());
        order.verify(kv.export).read(any(), any());
    }

    @Test
    void itIsDeclinedAndChangesNothing() throws IOException {
        BackupException e =
                failure(() -> manager().restore(backup.file(), RestoreOptions.DEFAULT, plan -> false, new Job()));

        assertThat(e.kind()).isEqualTo(Kind.UNCONFIRMED);
        for (FakeStore store : all) {
            verify(store.restore, never()).restore(any(), any(), any());
            verify(store.restore).close();
        }
        assertThat(left()).containsExactly("mine.ngbak");
    }

    @Test
    void onlyTheRolesAskedForAreReplaced() {
        RestoreResult result = restore(backup, new RestoreOptions(Set.of(Role.KV), true, true), job());

        assertThat(kv.lines).containsExactly("doc");
        assertThat(graph.lines).contains("changed");
        assertThat(result.proofs()).containsOnly(Map.entry(Role.KV, "counts"));
        assertThat(manager()
                        .inspect(manager().archive(result.safetyArchive()))
                        .manifest()
                        .stores())
                .containsOnlyKeys(Role.KV);
    }

    @Test
    void itGivesTheAdviceOfTheStoresItReplacedAndOfNoOther() {
        adviseTo(kv, "Restart the reader of kv.");
        Job ofGraph = job();
        restore(backup, new RestoreOptions(Set.of(Role.GRAPH), false, true), ofGraph);
        Job ofAll = job();
        restore(backup, RestoreOptions.DEFAULT, ofAll);

        assertThat(ofGraph.advice()).isEmpty();
        assertThat(ofAll.advice()).containsExactly("Restart the reader of kv.");
    }

    private static void adviseTo(FakeStore store, String sentence) {
        doReturn(List.of(sentence)).when(store.restorer).adviceAfterRestore();
    }

    // ---- before anything is changed

    @Test
    void allProblemsOfAllStoresAreSaidBeforeAnythingIsChanged() throws IOException {
        doReturn(List.of(new BackupException(Kind.NO_SPACE, "No room for the graph", "Make some")))
                .when(graph.restore)
                .problems(any(), anyLong());
        doThrow(new IllegalStateException("a defect")).when(vector.restore).problems(any(), anyLong());
        doThrow(new BackupException(Kind.UNREACHABLE, "No documents", "Start them"))
                .when(kv.restorer)
                .open(any());

        Job job = job();
        BackupException e = failure(() -> restore(backup, RestoreOptions.DEFAULT, job));
        RestorePlan plan = manager().plan(backup.file(), RestoreOptions.DEFAULT, new Job());

        assertThat(e.kind()).isEqualTo(Kind.NO_SPACE);
        assertThat(e.problem())
                .contains("No room for the graph")
                .contains("the vector store was being looked at")
                .contains("No documents");
        assertThat(job.failedStores()).containsExactlyInAnyOrder(Role.VECTOR, Role.KV);
        assertThat(plan.problems()).hasSize(3);
        assertOld();
        assertThat(left()).containsExactly("mine.ngbak");
    }

    @Test
    void anArchiveOfAnotherBackendIsAProblemThatNamesBoth() {
        FakeStore redis = new FakeStore(Role.KV, "redis", "x");
        environment.put("KV_BACKEND", "redis");
        BackupManager manager = new BackupManager(
                Settings.of(environment),
                List.of(graph.exporter, vector.exporter, kv.exporter, redis.exporter),
                List.of(graph.restorer, vector.restorer, kv.restorer, redis.restorer),
                Clock.systemUTC());

        RestorePlan plan = manager.plan(backup.file(), RestoreOptions.DEFAULT, new Job());

        assertThat(plan.problems()).singleElement().asString().contains("json").contains("KV_BACKEND");
        assertThat(plan.problemKind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(redis.lines).containsExactly("x");
    }

    @Test
    void aPlanShowsWhatWouldChangeAndChangesNothing() {
        List<String> before = left();

        RestorePlan plan = manager().plan(backup.file(), RestoreOptions.DEFAULT, new Job());

        assertThat(plan.changes()).containsEntry("documents", -1L).containsEntry("entities", 0L);
        assertThat(left()).isEqualTo(before);
        assertOld();
    }

    @Test
    void aPlanWorksWhereNoArchiveFolderIsYetAndMakesNone() throws IOException {
        Path elsewhere = Files.move(backup.file(), temp.resolve("a.ngbak"));
        environment.put("BACKUP_DIR", temp.resolve("not/yet").toString());

        RestorePlan plan = manager().plan(elsewhere, RestoreOptions.DEFAULT, new Job());

        assertThat(plan.problems()).isEmpty();
        assertThat(temp.resolve("not")).doesNotExist();
    }

    @Test
    void aDiskThatIsTooSmallForTheSafetyArchiveIsAProblemWithNumbers() {
        vector.bytes = 1L << 60;

        BackupException e = failure(this::restore);

        assertThat(e.kind()).isEqualTo(Kind.NO_SPACE);
        assertThat(e.problem())
                .contains("safety archive of what is there now needs at least")
                .containsPattern("[\\d.]+ \\wiB where BACKUP_DIR is, and [\\d.]+ \\wiB are free");
        assertOld();
        assertThat(left()).containsExactly("mine.ngbak");
        assertThat(restore(backup, WITHOUT_WAY_BACK, job()).safetyArchive()).isNull();
    }

    /** Packs the archive again, as anybody can, with something changed in the files. */
    private void repack(Map<String, byte[]> change) throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        try (ArchiveReader reader = ArchiveReader.open(new ArchiveFile(backup.file()))) {
            files.put("manifest.json", reader.manifestText().getBytes(StandardCharsets.UTF_8));
            for (ManifestEntry file = reader.next(); file != null; file = reader.next()) {
                files.put(file.path(), reader.content().readAllBytes());
            }
        }
        change.forEach((path, content) -> {
            if (content == null) {
                assertThat(files.remove(path)).isNotNull();
            } else {
                files.put(path, content);
            }
        });
        try (OutputStream out = Files.newOutputStream(backup.file());
                TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
            for (var file : files.entrySet()) {
                TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
                entry.setSize(file.getValue().length);
                tar.putArchiveEntry(entry);
                tar.write(file.getValue());
                tar.closeArchiveEntry();
            }
        }
    }

    private static Map<String, byte[]> without(String path) {
        Map<String, byte[]> change = new LinkedHashMap<>();
        change.put(path, null);
        return change;
    }

    private void assertRefusedBeforeAnyStoreIsLookedAt() throws IOException {
        int[] written = all.stream().mapToInt(store -> store.written).toArray();

        BackupException e = failure(this::restore);

        assertThat(e.kind()).isEqualTo(Kind.CORRUPT);
        assertThat(all.stream().mapToInt(store -> store.written).toArray()).isEqualTo(written);
        for (FakeStore store : all) {
            verify(store.restorer, never()).open(any());
        }
        assertThat(left()).containsExactly("mine.ngbak");
        assertOld();
    }

    @Test
    void anArchivePackedAgainIsAsGood() throws IOException {
        repack(Map.of());
        restore();
        assertNew();
    }

    @Test
    void aChangedByteInAnyFileIsRefusedBeforeTheSafetyArchive() throws IOException {
        byte[] whole = Files.readAllBytes(backup.file());
        for (ManifestEntry file : backup.manifest().files()) {
            Map<String, byte[]> change = new LinkedHashMap<>();
            try (ArchiveReader reader = ArchiveReader.open(new ArchiveFile(backup.file()))) {
                for (ManifestEntry entry = reader.next(); entry != null; entry = reader.next()) {
                    if (entry.equals(file)) {
                        byte[] content = reader.content().readAllBytes();
                        content[content.length / 2] ^= 1;
                        change.put(file.path(), content);
                    }
                }
            }
            repack(change);
            assertRefusedBeforeAnyStoreIsLookedAt();
            Files.write(backup.file(), whole);
        }
    }

    @Test
    void aMissingFileIsRefusedBeforeTheSafetyArchive() throws IOException {
        repack(without("graph/lines.txt"));
        assertRefusedBeforeAnyStoreIsLookedAt();
    }

    @ParameterizedTest
    @CsvSource({
        "documents, 1",
        "entities, 2",
        "relationships, 0",
        "communities, 0",
        "chunks, 0",
        "community_reports, 0",
        "vectors.entities, 3",
        "kv.full_docs, 1"
    })
    void statisticsThatContradictTheRecordsAreRefused(String name, int right) throws IOException {
        String member = "\"" + name + "\": " + right;
        assertThat(backup.manifestText()).contains(member);
        repack(manifest(member, "\"" + name + "\": 77"));
        assertRefusedBeforeAnyStoreIsLookedAt();
        assertThat(failure(this::restore).problem())
                .contains("its statistics say 77 " + name + ", and it holds " + right);
    }

    @Test
    void statisticsMayBeMissingOrMore() throws IOException {
        repack(manifest("\"documents\": 1,", "\"pages\": 12,"));
        restore();
        assertNew();
    }

    /** Its records would be replaced by nothing, and nothing could prove it. */
    @Test
    void aStoreOfUnknownSizeWithoutFilesIsRefused() throws IOException {
        for (String form : List.of("lines", "raw")) {
            byte[] whole = Files.readAllBytes(backup.file());
            Map<String, byte[]> change = manifestWithoutGraph(form);
            change.put("graph/lines.txt", null);
            repack(change);
            assertRefusedBeforeAnyStoreIsLookedAt();
            assertThat(failure(this::restore).problem())
                    .contains("does not state the number of records of graph, and lists no file of it");
            Files.write(backup.file(), whole);
        }
    }

    /** The first place where it says so is in the statistics. */
    private Map<String, byte[]> manifest(String what, String instead) {
        String changed = backup.manifestText().replaceFirst(Pattern.quote(what), instead);
        return Map.of("manifest.json", changed.getBytes(StandardCharsets.UTF_8));
    }

    /** A manifest that is right in all else. */
    private Map<String, byte[]> manifestWithoutGraph(String form) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode manifest = (ObjectNode) mapper.readTree(backup.manifestText());
        ((ObjectNode) manifest.get("stores").get("graph"))
                .put("form", form)
                .putNull("records")
                .putNull("content_digest")
                .remove(List.of("counts", "names"));
        ((ObjectNode) manifest.get("statistics")).put("entities", 0);
        List<ManifestEntry> files = backup.manifest().files().stream()
                .filter(file -> !file.path().equals("graph/lines.txt"))
                .toList();
        var listed = manifest.putArray("files");
        files.forEach(file -> listed.addObject()
                .put("path", file.path())
                .put("size", file.size())
                .put("sha256", file.sha256()));
        manifest.put("checksum", Manifest.checksumOf(files));
        Map<String, byte[]> change = new LinkedHashMap<>();
        change.put("manifest.json", mapper.writeValueAsBytes(manifest));
        return change;
    }

    @Test
    void anExtraFileIsRefusedBeforeTheSafetyArchive() throws IOException {
        repack(Map.of("kv/more.txt", new byte[] {'x'}));
        assertRefusedBeforeAnyStoreIsLookedAt();
    }

    // ---- the way back

    @ParameterizedTest
    @EnumSource(Role.class)
    void aFailureAtAnyStoreIsRolledBack(Role role) throws IOException {
        doAnswer(call -> {
                    store(role).lines.clear();
                    store(role).lines.add("half of it");
                    throw connectionBroke();
                })
                .doCallRealMethod()
                .when(store(role).restore)
                .restore(any(), any(), any());

        Job job = job();
        BackupException e = failure(() -> restore(backup, RestoreOptions.DEFAULT, job));

        assertThat(job.failedStores()).containsExactly(role);
        assertThat(e.kind()).isEqualTo(Kind.ROLLED_BACK);
        assertThat(e.problem())
                .isEqualTo("The restore failed while " + role.id() + " was being replaced: The connection broke");
        assertThat(e.role()).contains(role);
        assertThat(e.effect()).contains(Effect.ROLLED_BACK);
        assertThat(e.remedy()).isEqualTo("Start it");
        assertOld();
        assertThat(manager().openRestore()).isNull();
        assertThat(left()).containsExactly("mine.ngbak", "pre-restore_2025-10-06T14-30-00Z.ngbak");
        assertThat(log).extracting(Job.Line::message).contains("All stores are as before the restore.");
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void aStoreThatDoesNotHoldWhatWasWrittenIsRolledBack(Role role) throws IOException {
        doAnswer(call -> {
                    Object summary = call.callRealMethod();
                    store(role).lines.set(0, "something else");
                    return summary;
                })
                .doCallRealMethod()
                .when(store(role).restore)
                .restore(any(), any(), any());

        Job job = job();
        BackupException e = failure(() -> restore(backup, RestoreOptions.DEFAULT, job));

        assertThat(job.failedStores()).containsExactly(role);
        assertThat(e.kind()).isEqualTo(Kind.ROLLED_BACK);
        assertThat(e.problem())
                .contains(role.id() + " was being proved")
                .contains("does not hold what was written")
                .contains("content digests differ");
        assertOld();
    }

    @Test
    void aDefectOfAPluginAnInterruptAndAnErrorOfTheMachineAreRolledBackToo() throws IOException {
        for (Throwable failure :
                List.of(new IllegalStateException("secret"), new NoClassDefFoundError("x"), new IOException())) {
            doAnswer(call -> {
                        kv.lines.clear();
                        Thread.currentThread().interrupt();
                        throw failure;
                    })
                    .doCallRealMethod()
                    .when(kv.restore)
                    .restore(any(), any(), any());

            BackupException e = failure(this::restore);

            assertThat(Thread.interrupted()).isTrue();
            assertThat(e.kind()).isEqualTo(Kind.ROLLED_BACK);
            assertThat(e.problem())
                    .contains("kv was being replaced")
                    .doesNotContain("secret")
                    .doesNotContain("null");
            assertOld();
        }
    }

    @Test
    void aSessionThatCannotBeClosedAfterTheProofUndoesNothing() {
        doAnswer(call -> {
                    if (Files.exists(journal())) {
                        throw new IllegalStateException("cannot be closed");
                    }
                    return null;
                })
                .when(kv.restore)
                .close();

        restore();

        assertNew();
        assertThat(manager().recover(new Job())).isEqualTo(RecoveryOutcome.NOTHING);
        assertThat(warnings()).containsExactly("The connection to the kv store could not be closed properly.");
    }

    @Test
    void anEmptyStateIsSavedAsNothingAndIsGoneBackTo() throws IOException {
        all.forEach(store -> store.lines.clear());
        doAnswer(call -> {
                    kv.lines.add("half of it");
                    throw connectionBroke();
                })
                .doCallRealMethod()
                .when(kv.restore)
                .restore(any(), any(), any());

        assertThat(failure(this::restore).kind()).isEqualTo(Kind.ROLLED_BACK);

        assertThat(all).allMatch(store -> store.lines.isEmpty());
        assertThat(left()).containsExactly("mine.ngbak");
        assertThat(restore().safetyArchive()).isNull();
        assertNew();
        assertThat(left()).containsExactly("mine.ngbak");
    }

    @Test
    void aFailureWhenNothingWasTouchedYetSaysSoAndLeavesNoWayBackBehind() throws IOException {
        all.forEach(store -> store.lines.clear());
        doReturn(new ChangeMarker("1"), new ChangeMarker("1"))
                .doThrow(connectionBroke())
                .when(graph.export)
                .marker();

        BackupException e = failure(this::restore);

        assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(e.detail())
                .contains("graph")
                .contains("The connection broke")
                .endsWith("Nothing was changed");
        verify(graph.restore, never()).restore(any(), any(), any());
        assertThat(left()).containsExactly("mine.ngbak");
    }

    // ---- cancelling

    @ParameterizedTest
    @EnumSource(Role.class)
    void aRestoreThatIsCancelledWhileItReplacesIsRolledBack(Role role) throws IOException {
        Job job = job();
        doAnswer(call -> {
                    store(role).lines.clear();
                    assertThat(job.cancel()).isTrue();
                    throw new IOException("what an aborted driver throws");
                })
                .doCallRealMethod()
                .when(store(role).restore)
                .restore(any(), any(), any());

        BackupException e = failure(() -> restore(backup, RestoreOptions.DEFAULT, job));

        verify(store(role).restore).abort();
        assertThat(e.kind()).isEqualTo(Kind.ROLLED_BACK);
        assertThat(e.problem()).isEqualTo("The restore was cancelled while " + role.id() + " was being replaced");
        assertThat(job.failedStores()).isEmpty();
        assertOld();
    }

    @Test
    void aCancelThatNoStoreHearsOfIsHeardBeforeTheProof() throws IOException {
        Job job = job();
        doAnswer(call -> {
                    Object summary = call.callRealMethod();
                    assertThat(job.cancel()).isTrue();
                    return summary;
                })
                .doCallRealMethod()
                .when(kv.restore)
                .restore(any(), any(), any());

        assertThat(failure(() -> restore(backup, RestoreOptions.DEFAULT, job)).kind())
                .isEqualTo(Kind.ROLLED_BACK);
        assertOld();
    }

    @Test
    void aCancelBeforeTheFirstStoreIsReplacedChangesNothing() throws IOException {
        for (String step : List.of("before begin", "after begin", "before replacing graph")) {
            Job job = job();
            BackupManager manager = manager();
            manager.watchJournal(record -> {
                if (record.equals(step)) {
                    assertThat(job.cancel()).isTrue();
                    if (record.contains("replacing")) {
                        job.checkCancelled();
                    }
                }
            });

            BackupException e =
                    failure(() -> manager.restore(backup.file(), RestoreOptions.DEFAULT, plan -> true, job));

            assertThat(e.kind()).as(step).isEqualTo(Kind.CANCELLED);
            assertThat(e.effect()).contains(Effect.NOTHING_CHANGED);
            assertThat(journal()).doesNotExist();
            assertOld();
        }
    }

    @Test
    void aCancelWhileTheStateIsSavedChangesNothing() throws IOException {
        Job job = job();
        doAnswer(call -> {
                    job.cancel();
                    return call.callRealMethod();
                })
                .when(kv.export)
                .export(any(), any(), any());

        BackupException e = failure(() -> restore(backup, RestoreOptions.DEFAULT, job));

        assertThat(e.kind()).isEqualTo(Kind.CANCELLED);
        assertThat(left()).containsExactly("mine.ngbak");
        assertOld();
    }

    @Test
    void aCancelDuringTheProofIsRefused() throws IOException {
        Job job = job();
        doAnswer(call -> {
                    assertThat(job.cancel()).isFalse();
                    return call.callRealMethod();
                })
                .when(kv.export)
                .read(any(), any());

        restore(backup, RestoreOptions.DEFAULT, job);

        assertNew();
    }

    @Test
    void aCancelOfTheWayBackIsRefused() throws IOException {
        Job job = job();
        doAnswer(call -> {
                    kv.lines.clear();
                    throw connectionBroke();
                })
                .doAnswer(call -> {
                    assertThat(job.cancel()).isFalse();
                    assertThat(job.isReplacing()).isTrue();
                    return call.callRealMethod();
                })
                .when(kv.restore)
                .restore(any(), any(), any());

        assertThat(failure(() -> restore(backup, RestoreOptions.DEFAULT, job)).kind())
                .isEqualTo(Kind.ROLLED_BACK);
        assertOld();
    }

    // ---- the way back fails

    @Test
    void aWayBackThatFailsSaysSoAndEveryJobThatWritesIsRefusedUntilItIsSettled() throws IOException {
        BackupException e = leaveAMix();

        assertThat(e.detail())
                .contains("The restore failed while vector was being replaced: The connection broke")
                .contains("Rolling back vector failed too: The connection broke")
                .contains("THE DATA IS NOT AS BEFORE")
                .contains("pre-restore_2025-10-06T14-30-00Z.ngbak");
        assertThat(e.remedy()).contains("run ngbak recover");
        assertThat(manager().openRestore()).contains("mine.ngbak").contains("may be a mix");
        List<String> before = left();
        assertThat(before).contains(".ngbak/restore.journal");

        assertThat(failure(() -> manager().create(null, null, job())).kind()).isEqualTo(Kind.ROLLBACK_FAILED);
        assertThat(failure(this::restore).kind()).isEqualTo(Kind.ROLLBACK_FAILED);
        assertThat(failure(() -> manager().delete(new BackupId("mine"), job())).kind())
                .isEqualTo(Kind.ROLLBACK_FAILED);
        assertThat(failure(() -> manager().recover(job())).kind()).isEqualTo(Kind.ROLLBACK_FAILED);
        assertThat(left()).isEqualTo(before);

        heal(vector);
        adviseTo(vector, "Restart the reader of vectors.");
        adviseTo(kv, "Not of kv, which was not touched.");
        Job recovery = job();
        assertThat(manager().recover(recovery)).isEqualTo(RecoveryOutcome.ROLLED_BACK);
        assertThat(recovery.advice()).containsExactly("Restart the reader of vectors.");
        assertOld();
        assertThat(manager().openRestore()).isNull();
        Job idle = job();
        assertThat(manager().recover(idle)).isEqualTo(RecoveryOutcome.NOTHING);
        assertThat(idle.advice()).isEmpty();
    }

    @Test
    void theNextJobSettlesItFirstAndCanStillBeCancelledAfterwards() throws IOException {
        leaveAMix();
        heal(vector);
        Job job = job();
        doAnswer(call -> {
                    assertOld();
                    assertThat(job.cancel()).isTrue();
                    return call.callRealMethod();
                })
                .when(graph.export)
                .export(any(), any(), any());

        BackupException e = failure(() -> manager().create("next", null, job));

        assertThat(e.kind()).isEqualTo(Kind.CANCELLED);
        assertOld();
        assertThat(left()).doesNotContain("next.ngbak", ".ngbak/restore.journal");
    }

    @Test
    void aRestoreWithoutWayBackThatFailsIsFinishedByRecover() throws IOException {
        failHalfway(kv, connectionBroke());

        BackupException e = failure(() -> restore(backup, WITHOUT_WAY_BACK, job()));

        assertThat(e.kind()).isEqualTo(Kind.ROLLBACK_FAILED);
        assertThat(e.detail()).contains("THE DATA IS NOT AS BEFORE").contains("--no-safety-backup");
        assertThat(e.remedy()).contains("run ngbak recover to finish this restore");
        assertThat(left()).containsExactly(".ngbak/restore.journal", "mine.ngbak");
        assertThat(failure(() -> manager().recover(job())).problem())
                .contains("Finishing it in kv failed: The connection broke");
        heal(kv);
        adviseTo(kv, "Restart the reader of kv.");
        Job recovery = job();
        assertThat(manager().recover(recovery)).isEqualTo(RecoveryOutcome.COMPLETED);
        assertThat(recovery.advice()).containsExactly("Restart the reader of kv.");
        assertNew();
        assertThat(left()).containsExactly("mine.ngbak");
    }

    @Test
    void anotherArchiveInItsPlaceIsNotTakenToFinishIt() throws IOException {
        failHalfway(kv, connectionBroke());
        failure(() -> restore(backup, WITHOUT_WAY_BACK, job()));
        heal(kv);
        Path aside = Files.move(backup.file(), temp.resolve("aside"));
        BackupException gone = failure(() -> manager().recover(job()));
        environment.put("BACKUP_DIR", temp.resolve("other").toString());
        ArchiveInfo other = manager().create("other", null, new Job());
        environment.put("BACKUP_DIR", folder.toString());
        Files.move(other.file(), backup.file());
        BackupException wrong = failure(() -> manager().recover(job()));
        Files.delete(backup.file());
        Files.move(aside, backup.file());

        assertThat(gone.kind()).isEqualTo(Kind.ROLLBACK_FAILED);
        assertThat(wrong.problem()).contains("is not the archive that was being restored");
        assertThat(manager().recover(job())).isEqualTo(RecoveryOutcome.COMPLETED);
        assertNew();
    }

    @Test
    void withOtherTargetsConfiguredNothingIsSettledAndBothAreNamed() throws IOException {
        leaveAMix();
        heal(vector);
        List<String> mix = List.copyOf(vector.lines);
        vector.target = "another store";

        BackupException e = failure(() -> manager().recover(job()));

        assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(e.problem())
                .contains("another store")
                .contains("the nano in this test")
                .contains("vector");
        assertThat(vector.lines).isEqualTo(mix);
        assertThat(journal()).exists();
        vector.target = "the nano in this test";
        assertThat(manager().recover(job())).isEqualTo(RecoveryOutcome.ROLLED_BACK);
        assertOld();
    }

    @Test
    void aRestoreIsNotFinishedIntoAnotherTargetThanItWasBegunFor() throws IOException {
        failHalfway(graph, connectionBroke());
        failure(() -> restore(backup, WITHOUT_WAY_BACK, job()));
        heal(graph);
        kv.target = "another store";

        assertThat(failure(() -> manager().recover(job())).kind()).isEqualTo(Kind.INCOMPATIBLE);

        assertThat(kv.lines).containsExactly("doc", "newer");
    }

    @Test
    void aRestoreWithoutWayBackTakesThePlaceOfOneThatCannotBeSettled() throws IOException {
        leaveAMix();
        Files.delete(folder.resolve("pre-restore_2025-10-06T14-30-00Z.ngbak"));
        heal(vector);
        assertThat(failure(this::restore).kind()).isEqualTo(Kind.ROLLBACK_FAILED);

        restore(backup, WITHOUT_WAY_BACK, job());

        assertNew();
        assertThat(warnings()).anyMatch(line -> line.contains("supersedes it"));
        assertThat(left()).containsExactly("mine.ngbak");
    }

    @Test
    void oneThatDoesNotReplaceAllThatIsMixedDoesNotTakeItsPlace() throws IOException {
        ArchiveInfo kvOnly = manager()
                .inspect(manager()
                        .archive(restore(backup, new RestoreOptions(Set.of(Role.KV), false, true), new Job())
                                .safetyArchive()));
        leaveAMix();

        assertThat(failure(() -> restore(kvOnly, WITHOUT_WAY_BACK, job())).kind())
                .isEqualTo(Kind.ROLLBACK_FAILED);
        assertThat(failure(() -> restore(backup, new RestoreOptions(Set.of(Role.GRAPH), false, false), job()))
                        .kind())
                .isEqualTo(Kind.ROLLBACK_FAILED);

        assertThat(journal()).exists();
    }

    @Test
    void aWayBackThatSomebodyDeletedIsSaidPlainlyAndTheJournalStays() throws IOException {
        leaveAMix();
        heal(vector);
        Path safety = folder.resolve("pre-restore_2025-10-06T14-30-00Z.ngbak");
        Path aside = Files.move(safety, temp.resolve("aside"));

        BackupException e = failure(() -> manager().recover(job()));

        assertThat(e.kind()).isEqualTo(Kind.ROLLBACK_FAILED);
        assertThat(e.problem())
                .contains(safety + ", which held the old state, is not there")
                .doesNotContain("The previous data is in");
        assertThat(e.remedy()).contains("Bring that file back").contains("--no-safety-backup");
        assertThat(journal()).exists();
        Files.move(aside, safety);
        assertThat(manager().recover(job())).isEqualTo(RecoveryOutcome.ROLLED_BACK);
        assertOld();
    }

    // ---- the journal

    @Test
    void aTornLastRecordIsNoError() throws IOException {
        for (String torn : List.of("1", "0123abcd {\"step\":\"put", "00000000 {\"step\":\"done\"}\n", "\0\0\0\0")) {
            leaveAMix();
            heal(vector);
            Files.writeString(journal(), torn, StandardOpenOption.APPEND);

            assertThat(manager().openRestore()).isNotNull();
            assertThat(manager().recover(job())).as(torn).isEqualTo(RecoveryOutcome.ROLLED_BACK);

            assertOld();
        }
    }

    @Test
    void aJournalCutAnywhereBehindItsBeginningLeadsToOneState() throws IOException {
        leaveAMix();
        byte[] whole = Files.readAllBytes(journal());
        String text = new String(whole, StandardCharsets.UTF_8);
        List<String> mix = List.copyOf(vector.lines);
        heal(vector);
        int beginning = text.indexOf('\n') + 1;
        int lastReplaced = text.indexOf('\n', text.lastIndexOf("\"replacing\"")) + 1;
        int step;
        for (int length = whole.length; length >= beginning; length -= step) {
            vector.lines.clear();
            vector.lines.addAll(mix);
            Files.write(journal(), Arrays.copyOf(whole, length));

            RecoveryOutcome recovery = manager().recover(new Job());

            assertThat(journal()).doesNotExist();
            if (length >= lastReplaced) {
                assertThat(recovery).as("cut at %d", length).isEqualTo(RecoveryOutcome.ROLLED_BACK);
                assertOld();
            }
            step = text.charAt(length - 1) == '\n' ? 1 : 13;
        }
    }

    @Test
    void aDamagedJournalIsSaidPlainlyAndNothingIsDone() throws IOException {
        leaveAMix();
        heal(vector);
        byte[] whole = Files.readAllBytes(journal());
        byte[] damaged = whole.clone();
        damaged[whole.length / 3] ^= 1;
        for (byte[] content : List.of(damaged, new byte[0])) {
            Files.write(journal(), content);

            assertThat(failure(() -> manager().recover(job())).detail())
                    .contains("restore.journal, is damaged")
                    .contains("Nothing was changed");
            assertThat(failure(() -> manager().create(null, null, job())).kind())
                    .isEqualTo(Kind.CORRUPT);

            assertThat(journal()).hasBinaryContent(content);
            assertThat(vector.lines).containsExactly("half of it");
        }
    }

    /** Does a restore, and puts the journal back as it was at a step: so it lies there when the process dies there. */
    private void dieAt(String step, RestoreOptions options) throws IOException {
        BackupManager manager = manager();
        byte[][] journal = new byte[1][];
        manager.watchJournal(record -> {
            if (record.equals(step)) {
                try {
                    journal[0] = Files.readAllBytes(journal());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });
        try {
            manager.restore(backup.file(), options, plan -> true, new Job());
        } catch (BackupException e) {
            assertThat(e.kind()).isEqualTo(Kind.ROLLED_BACK);
        }
        Files.write(journal(), journal[0]);
    }

    @Test
    void oneThatDiedWhenAllWasProvedIsDone() throws IOException {
        Path hooks = temp.resolve("hooks.log");
        environment.put("BACKUP_RESUME_HOOK", "echo $event >> " + hooks);
        dieAt("after done", RestoreOptions.DEFAULT);
        Files.delete(hooks);

        assertThat(manager().openRestore()).isNull();
        assertThat(manager().recover(job())).isEqualTo(RecoveryOutcome.COMPLETED);

        assertNew();
        assertThat(hooks).hasContent("restored");
        assertThat(journal()).doesNotExist();
    }

    @Test
    void oneThatDiedWhenAllWasPutBackIsRolledBack() throws IOException {
        doThrow(connectionBroke()).when(kv.restore).restore(any(), any(), any());
        dieAt("after back", RestoreOptions.DEFAULT);

        assertThat(manager().openRestore()).isNull();
        assertThat(manager().recover(job())).isEqualTo(RecoveryOutcome.ROLLED_BACK);

        assertOld();
        assertThat(journal()).doesNotExist();
    }

    @Test
    void whatADyingRunLeavesOfABeginningIsRemoved() throws IOException {
        Files.writeString(folder.resolve(".ngbak/restore.journal.new"), "01");
        Files.writeString(folder.resolve(".ngbak/way-back.ngbak"), "no archive");

        assertThat(manager().recover(job())).isEqualTo(RecoveryOutcome.NOTHING);

        assertThat(left()).containsExactly("mine.ngbak");
    }

    // ---- safety archives

    @Test
    void theStateBeforeARestoreIsAnArchiveThatUndoesIt() {
        RestoreResult done = restore();

        assertThat(done.safetyArchive()).isEqualTo("pre-restore_2025-10-06T14-30-00Z");
        ArchiveInfo safety = manager().inspect(manager().archive(done.safetyArchive()));
        assertThat(manager().verify(safety.file(), new Job()).decoded()).hasSize(3);
        RestoreResult undone = restore(safety, RestoreOptions.DEFAULT, job());

        assertOld();
        assertThat(undone.safetyArchive()).isEqualTo("pre-restore_2025-10-06T14-30-00Z-2");
    }

    @Test
    void theNewestThreeSafetyArchivesStayAndTheOneInUse() throws IOException {
        environment.put("BACKUP_RETENTION", "1");
        ArchiveInfo oldest = manager().inspect(manager().archive(restore().safetyArchive()));
        for (int n = 0; n < 4; n++) {
            now.updateAndGet(time -> time.plusSeconds(60));
            restore(oldest, RestoreOptions.DEFAULT, job());
        }
        manager().create("last", null, new Job());

        assertThat(left())
                .containsExactly(
                        "last.ngbak",
                        // Retention spares it: it has more than twice as much as "last".
                        "mine.ngbak",
                        "pre-restore_2025-10-06T14-30-00Z.ngbak",
                        "pre-restore_2025-10-06T14-32-00Z.ngbak",
                        "pre-restore_2025-10-06T14-33-00Z.ngbak",
                        "pre-restore_2025-10-06T14-34-00Z.ngbak");
    }

    @Test
    void restoresThatFailDoNotFillTheDiskWithSafetyArchives() throws IOException {
        doThrow(connectionBroke()).when(kv.restore).restore(any(), any(), any());
        for (int n = 0; n < 5; n++) {
            now.updateAndGet(time -> time.plusSeconds(60));
            assertThat(failure(this::restore).kind()).isEqualTo(Kind.ROLLED_BACK);
        }
        assertThat(left()).hasSize(4);
    }

    /** A store may be so broken that not one file of it can be saved; the archive then says that it holds nothing of it. */
    @Test
    void aBrokenPresentStateOfWhichNothingCanBeSavedIsGoneBackTo() throws IOException {
        kv.broken = "lost";
        doNothing().when(kv.export).exportRaw(any(), any(), any());
        doThrow(connectionBroke()).doCallRealMethod().when(kv.restore).restore(any(), any(), any());

        assertThat(failure(this::restore).kind()).isEqualTo(Kind.ROLLED_BACK);

        Manifest.Store saved = manager()
                .inspect(manager().archive("pre-restore_2025-10-06T14-30-00Z"))
                .manifest()
                .stores()
                .get(Role.KV);
        assertThat(saved.info().form()).isEqualTo("raw");
        assertThat(saved.summary().records()).isZero();
        assertThat(kv.lines).isEmpty();
    }

    @Test
    void aBrokenPresentStateIsSavedRawAndGoneBackTo() throws IOException {
        kv.broken = "{\"doc\": \"cut of";
        doAnswer(call -> {
                    kv.broken = null;
                    kv.lines.clear();
                    throw connectionBroke();
                })
                .doCallRealMethod()
                .when(kv.restore)
                .restore(any(), any(), any());

        BackupException e = failure(this::restore);

        assertThat(e.kind()).isEqualTo(Kind.ROLLED_BACK);
        assertThat(kv.broken).isEqualTo("{\"doc\": \"cut of");
        assertThat(warnings()).anyMatch(line -> line.contains("What is live in kv cannot be read"));
        assertThat(warnings())
                .anyMatch(line -> line.contains("is broken (The kv is cut off) and is saved without decoding it"));
        Manifest.Store saved = manager()
                .inspect(manager().archive("pre-restore_2025-10-06T14-30-00Z"))
                .manifest()
                .stores()
                .get(Role.KV);
        assertThat(saved.info().form()).isEqualTo("raw");
        assertThat(saved.summary().records()).isNegative();
        assertThat(graph.lines).containsExactly("changed", "b");

        RestoreResult done = restore();
        assertNew();
        assertThat(kv.broken).isNull();
        restore(manager().inspect(manager().archive(done.safetyArchive())), RestoreOptions.DEFAULT, job());
        assertThat(kv.broken).isEqualTo("{\"doc\": \"cut of");
    }

    @Test
    void aBrokenStateThatCannotBeSavedIsLeftAlone() throws IOException {
        kv.broken = "{";
        doThrow(new BackupException(
                        Kind.INCOMPATIBLE, "Fake cannot be saved so", "Mend it, or restore with --no-safety-backup"))
                .when(kv.export)
                .exportRaw(any(), any(), any());

        BackupException e = failure(this::restore);

        assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(e.problem())
                .contains("The kv is cut off, so the restore could not be rolled back")
                .contains("Fake cannot be saved so");
        assertThat(e.effect()).contains(Effect.NOTHING_CHANGED);
        assertThat(e.remedy()).contains("--no-safety-backup");
        assertThat(left()).containsExactly("mine.ngbak");
        assertThat(graph.lines).containsExactly("changed", "b");

        restore(backup, WITHOUT_WAY_BACK, job());
        assertNew();
    }

    // ---- somebody else writes

    private void during(String step, Runnable act) {
        BackupManager manager = manager();
        manager.watchJournal(record -> {
            if (record.equals(step)) {
                act.run();
            }
        });
        manager.restore(backup.file(), RestoreOptions.DEFAULT, plan -> true, job());
    }

    @Test
    void aWriteBetweenTheSafetyArchiveAndTheReplacementIsReportedLoudly() {
        during("before begin", () -> kv.write("lost"));

        assertThat(warnings())
                .singleElement()
                .asString()
                .contains("SOMETHING ELSE WROTE to the kv store after its present state had been saved");
        assertNew();
    }

    @Test
    void aWriteBetweenTheReplacementAndTheProofIsReportedLoudlyAndRolledBack() {
        BackupException e = failure(() -> during("before proving", () -> kv.write("in between")));

        assertThat(e.kind()).isEqualTo(Kind.ROLLED_BACK);
        assertThat(e.remedy()).contains("Something else wrote").contains("BACKUP_PAUSE_HOOK");
        assertThat(warnings()).anyMatch(line -> line.contains("SOMETHING ELSE WROTE to the kv store after it"));
        assertOld();
    }

    @Test
    void oneStoreThatMovesTheMarkerOfAnotherIsNobodyElse() throws IOException {
        // Files in one folder do so: the folder's own time is in each marker.
        for (FakeStore store : all) {
            doAnswer(call -> new ChangeMarker("" + (graph.written + vector.written + kv.written)))
                    .when(store.export)
                    .marker();
        }

        restore();

        assertThat(warnings()).isEmpty();
    }

    // ---- hooks and the lock

    private Path logHooks() {
        Path hooks = temp.resolve("hooks.log");
        environment.put("BACKUP_PAUSE_HOOK", "echo $event >> " + hooks);
        environment.put("BACKUP_RESUME_HOOK", "echo $event >> " + hooks);
        return hooks;
    }

    @Test
    void theResumeHookIsCalledWithRestored() {
        Path hooks = logHooks();
        restore();
        assertThat(hooks).hasContent("pause\nrestored");
        environment.remove("BACKUP_PAUSE_HOOK");
        restore();
        assertThat(hooks).hasContent("pause\nrestored\nrestored");
    }

    @Test
    void theResumeHookIsCalledWithResumeAfterTheWayBack() throws IOException {
        Path hooks = logHooks();
        doThrow(connectionBroke()).when(kv.restore).restore(any(), any(), any());

        assertThat(failure(this::restore).kind()).isEqualTo(Kind.ROLLED_BACK);

        assertThat(hooks).hasContent("pause\nresume");
    }

    @Test
    void writersStayHeldWhileTheStoresHoldAMix() throws IOException {
        Path hooks = logHooks();
        leaveAMix();
        failure(() -> manager().recover(job()));
        assertThat(hooks).hasContent("pause");
        assertThat(warnings()).anyMatch(line -> line.contains("The writers stay held"));

        heal(vector);
        manager().recover(job());

        assertThat(hooks).hasContent("pause\nresume");
        assertThat(left()).noneMatch(name -> name.contains("paused"));
    }

    @Test
    void aRestoreThatRecoverFinishesIsToldAsRestored() throws IOException {
        Path hooks = logHooks();
        failHalfway(kv, connectionBroke());
        failure(() -> restore(backup, WITHOUT_WAY_BACK, job()));
        heal(kv);

        manager().recover(job());

        assertThat(hooks).hasContent("pause\nrestored");
        assertThat(left()).containsExactly("mine.ngbak");
    }

    @Test
    void whileARestoreRunsEveryOtherJobThatWritesIsRefused() throws IOException {
        List<Kind> kinds = new ArrayList<>();
        doAnswer(call -> {
                    Stream.<org.assertj.core.api.ThrowableAssert.ThrowingCallable>of(
                                    this::restore,
                                    () -> manager().create(null, null, new Job()),
                                    () -> manager().delete(new BackupId("mine"), new Job()),
                                    () -> manager().recover(new Job()))
                            .forEach(other -> kinds.add(failure(other).kind()));
                    return call.callRealMethod();
                })
                .when(vector.restore)
                .restore(any(), any(), any());

        restore();

        assertThat(kinds).containsExactly(Kind.BUSY, Kind.BUSY, Kind.BUSY, Kind.BUSY);
        assertNew();
    }
}
