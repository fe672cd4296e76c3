package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;

import dev.ngbak.archive.Manifest;
import dev.ngbak.layout.CheckRule;
import dev.ngbak.layout.GraphLayout;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.RetentionPlan;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreCounts;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The reference check during a backup: when it runs, what it may break, and what happens to its result. */
class BackupCheckTest extends ThreeStores {

    /** A check with the results that a test chooses. */
    public static final class TestCheck implements StateCheck {

        private static final List<String> EVENTS = new ArrayList<>();
        private static final List<RuleResult> RESULTS = new ArrayList<>();
        private static Set<Role> hidden = Set.of();
        private static RuntimeException failure;

        @Override
        public Session begin(Settings settings) {
            EVENTS.add("begin");
            return new Session() {
                @Override
                public RecordVisitor visitor(Role role) {
                    if (failure != null) {
                        throw failure;
                    }
                    return new RecordVisitor() {};
                }

                @Override
                public Result finish(Set<Role> hiddenStores) {
                    EVENTS.add("finish");
                    hidden = Set.copyOf(hiddenStores);
                    return new Result(RESULTS, 2);
                }

                @Override
                public void close() {
                    EVENTS.add("close");
                }
            };
        }
    }

    private final List<String> log = new ArrayList<>();
    private final ClassLoader usual = Thread.currentThread().getContextClassLoader();

    @BeforeEach
    void addTheCheckToTheClassPath() throws IOException {
        TestCheck.EVENTS.clear();
        TestCheck.RESULTS.clear();
        TestCheck.failure = null;
        Path service = temp.resolve("classes/META-INF/services/" + StateCheck.class.getName());
        Files.createDirectories(service.getParent());
        Files.writeString(service, TestCheck.class.getName());
        URL[] urls = {temp.resolve("classes").toUri().toURL()};
        Thread.currentThread().setContextClassLoader(new URLClassLoader(urls, usual));
    }

    @AfterEach
    void removeTheCheck() {
        Thread.currentThread().setContextClassLoader(usual);
    }

    private ArchiveInfo backup() {
        return manager().create(null, null, new Job(line -> log.add(line.level() + " " + line.message())));
    }

    private static void result(CheckRule.Id id, long violations) {
        CheckRule rule = GraphLayout.of(Settings.of(Map.of())).rules().stream()
                .filter(known -> known.id() == id)
                .findFirst()
                .orElseThrow();
        Optional<String> sample = violations > 0 ? Optional.of("node X") : Optional.empty();
        TestCheck.RESULTS.add(new StateCheck.RuleResult(rule, violations, sample));
    }

    private List<String> warnings() {
        return log.stream().filter(line -> line.startsWith("WARN")).toList();
    }

    @Test
    void manifestSaysHowOftenEachRuleIsBroken() {
        result(CheckRule.Id.CHUNK_HAS_DOCUMENT, 0);
        result(CheckRule.Id.NODE_CHUNKS_EXIST, 3); // an error
        result(CheckRule.Id.CHUNKS_ARE_NUMBERED, 7); // a warning

        Manifest.Check check = backup().manifest().check();

        assertThat(check).isEqualTo(new Manifest.Check(1, 1, Map.of("R2", 0L, "R6", 3L, "R4", 7L)));
        assertThat(warnings())
                .satisfiesExactly(
                        error -> assertThat(error)
                                .startsWith("WARN Data is lost or mixed up in the stores: R6 (")
                                .contains(") is broken 3 times, for example: node X.")
                                .doesNotContain("R2", "R4"),
                        warning -> assertThat(warning).contains("also occurs in healthy systems: R4 ("));
        assertThat(TestCheck.EVENTS).containsExactly("begin", "finish", "close");
    }

    @Test
    void failStopsTheBackupAndLeavesNothing() {
        environment.put("BACKUP_CHECK", "fail");
        result(CheckRule.Id.NODE_CHUNKS_EXIST, 3);

        BackupException failed = failure(this::backup);

        assertThat(failed.kind()).isEqualTo(Kind.BROKEN_REFERENCES);
        assertThat(failed.getMessage()).contains("R6", "node X", "BACKUP_CHECK is fail", "No archive was made");
        assertThat(repositoryFiles()).isEmpty();
        assertThat(TestCheck.EVENTS).containsExactly("begin", "finish", "close");
    }

    @Test
    void warningsDoNotFailABackup() {
        environment.put("BACKUP_CHECK", "fail");
        result(CheckRule.Id.CHUNKS_ARE_NUMBERED, 7);

        assertThat(backup().manifest().check()).isEqualTo(new Manifest.Check(0, 1, Map.of("R4", 7L)));
        assertThat(log)
                .contains("INFO The reference check found no errors; 2 rules could not be checked, because a store does"
                        + " not show its records.");
    }

    @Test
    void offDoesNotCheck() {
        environment.put("BACKUP_CHECK", "off");

        assertThat(backup().manifest().check()).isNull();
        assertThat(TestCheck.EVENTS).isEmpty();
    }

    @Test
    void withoutTheModuleWarnDoesNotCheck() {
        removeTheCheck();

        assertThat(backup().manifest().check()).isNull();
        assertThat(warnings()).isEmpty();
        assertThat(log).anyMatch(line -> line.contains("backup-check is not on the class path"));
    }

    @Test
    void withoutTheModuleFailIsRefused() {
        removeTheCheck();
        environment.put("BACKUP_CHECK", "fail");

        BackupException refused = failure(this::backup);

        assertThat(refused.kind()).isEqualTo(Kind.INVALID);
        assertThat(refused.remedy()).contains("backup-check", "BACKUP_CHECK");
        assertThat(repositoryFiles()).isEmpty();
    }

    @Test
    void checkThatFailsCausesOneWarning() {
        TestCheck.failure = new IllegalStateException("defect");

        assertThat(backup().manifest().check()).isNull();
        assertThat(warnings())
                .singleElement()
                .asString()
                .contains("were not checked", "has no result", "The backup itself is not affected");
        assertThat(TestCheck.EVENTS).containsExactly("begin", "close");
    }

    @Test
    void checkThatFailsStopsTheBackupIfItIsRequired() {
        environment.put("BACKUP_CHECK", "fail");
        TestCheck.failure = new IllegalStateException("defect");

        BackupException failed = failure(this::backup);

        assertThat(failed.getMessage()).contains("BACKUP_CHECK is fail").doesNotContain("IllegalState");
        assertThat(repositoryFiles()).isEmpty();
        assertThat(TestCheck.EVENTS).containsExactly("begin", "close");
    }

    private void writeDuringTheExport(int times) throws IOException {
        doAnswer(call -> {
                    Object nothing = call.callRealMethod();
                    if (kv.written < times) {
                        kv.write("late");
                    }
                    return nothing;
                })
                .when(kv.export)
                .export(any(), any(), any());
    }

    @Test
    void eachAttemptIsCheckedAnew() throws IOException {
        writeDuringTheExport(1);

        backup();

        assertThat(TestCheck.EVENTS).containsExactly("begin", "close", "begin", "finish", "close");
    }

    @Test
    void errorsWhileTheStoresChangeMayBeTemporary() throws IOException {
        environment.put("BACKUP_RETRIES", "0");
        result(CheckRule.Id.NODE_CHUNKS_EXIST, 1);
        writeDuringTheExport(1);

        backup();

        assertThat(warnings()).anyMatch(line -> line.contains("R6") && line.contains("this may be temporary"));
    }

    @Test
    void storeThatDoesNotShowItsRecordsIsHidden() throws IOException {
        doAnswer(call -> {
                    Object nothing = call.callRealMethod();
                    call.<RecordHandler>getArgument(1).markOpaque(StoreCounts.NONE);
                    return nothing;
                })
                .when(vector.export)
                .export(any(), any(), any());

        // The double does not describe such an export, so its archive is refused later.
        failure(this::backup);

        assertThat(TestCheck.hidden).containsExactly(Role.VECTOR);
    }

    @Test
    void safetyArchiveIsNotChecked() {
        ArchiveInfo archive = backup();
        graph.lines.add("new");
        TestCheck.EVENTS.clear();

        manager().restore(archive.id());

        assertThat(TestCheck.EVENTS).isEmpty();
    }

    /** Makes a backup, half a day later than the one before, in which a rule is broken this often. */
    private void backup(String id, long violations) {
        TestCheck.RESULTS.clear();
        result(CheckRule.Id.NODE_CHUNKS_EXIST, violations);
        manager().create(id, null, new Job());
        now.updateAndGet(time -> time.plusSeconds(43_200));
    }

    /** Returns the reasons of the archives that stay with {@code BACKUP_RETENTION=1}. */
    private Map<String, List<String>> kept() {
        environment.put("BACKUP_RETENTION", "1");
        return manager().prunePlan().decisions().stream()
                .filter(RetentionPlan.Decision::kept)
                .collect(Collectors.toMap(decision -> decision.archive().id(), RetentionPlan.Decision::reasons));
    }

    @Test
    void lastArchiveThatPassedTheCheckStays() {
        backup("good-1", 0);
        backup("good-2", 0);
        backup("broken-1", 2);
        backup("broken-2", 2);

        assertThat(kept())
                .isEqualTo(Map.of(
                        "broken-2", List.of("last 1 of 1"),
                        "good-2", List.of("the last that was verified and passed the reference check")));
        assertThat(manager().prune(new Job())).containsExactly("broken-1", "good-1");

        backup("good-3", 0);
        assertThat(kept()).containsOnlyKeys("good-3");
    }

    @Test
    void archiveThatPassedButWasNotVerifiedDoesNotCount() throws IOException {
        backup("verified", 0);
        backup("unverified", 0);
        backup("broken", 2);
        Files.delete(folder.resolve(".ngbak/verified/unverified.json"));

        assertThat(kept()).containsOnlyKeys("broken", "verified");
    }

    @Test
    void archiveWithoutAResultStaysIfNoneIsKnownToBeBetter() {
        environment.put("BACKUP_CHECK", "off");
        backup("unchecked-1", 0);
        backup("unchecked-2", 0);
        environment.put("BACKUP_CHECK", "warn");
        backup("broken", 2);

        assertThat(kept()).containsEntry("unchecked-2", List.of("the last that was verified"));
        assertThat(kept()).containsOnlyKeys("broken", "unchecked-2");
    }

    @Test
    void archiveThatPassedStaysBesideNewerOnesWithoutAResult() {
        backup("good", 0);
        environment.put("BACKUP_CHECK", "off");
        backup("unchecked", 0);

        assertThat(kept()).containsOnlyKeys("unchecked", "good");
    }
}
