package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.engine.RestoreJournal.Step;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestoreJournalTest {

    private static final RestorePlanRecord PLAN = new RestorePlanRecord(
            Instant.parse("2025-10-06T14:30:00Z"),
            "/backups/new.ngbak",
            "0".repeat(64),
            Optional.of("/backups/pre-restore.ngbak"),
            Map.of(Role.GRAPH, "the graph", Role.KV, "the keys"),
            false,
            Optional.empty());

    @TempDir
    Path state;

    private RestoreJournal journal;

    @BeforeEach
    void begin() throws IOException {
        journal = RestoreJournal.begin(new StateDirectory(state), PLAN, step -> {});
    }

    private PendingRestore pending() throws IOException {
        return RestoreJournal.read(new StateDirectory(state)).orElseThrow();
    }

    @Test
    void missingJournalMeansThatNothingIsPending() throws IOException {
        journal.delete();

        assertThat(RestoreJournal.read(new StateDirectory(state))).isEmpty();
    }

    @Test
    void planIsReadAsItWasWritten() throws IOException {
        assertThat(pending().plan()).isEqualTo(PLAN);
        assertThat(pending().isPartial()).isFalse();
    }

    @Test
    void namesOfStepsAreThoseOfVersion01() throws IOException {
        journal.step(Step.REPLACING, Role.KV);
        journal.step(Step.PROVING);
        journal.step(Step.ROLLBACK_STARTED);
        journal.step(Step.ROLLING_BACK, Role.KV);
        journal.step(Step.ROLLED_BACK);

        assertThat(Files.readString(state.resolve("restore.journal")).lines())
                .extracting(line -> line.replaceAll(".*\"step\":\"([a-z_]+)\".*", "$1"))
                .containsExactly("begin", "replacing", "proving", "going_back", "putting_back", "back");
    }

    @Test
    void storeOfTheLastStepIsInterrupted() throws IOException {
        journal.step(Step.REPLACING, Role.GRAPH);
        journal.step(Step.REPLACING, Role.KV);

        assertThat(pending().modified()).containsExactlyInAnyOrder(Role.GRAPH, Role.KV);
        assertThat(pending().interrupted()).containsExactly(Role.KV);
        assertThat(pending().isPartial()).isTrue();
    }

    @Test
    void interruptedRollbackAddsItsStore() throws IOException {
        journal.step(Step.REPLACING, Role.GRAPH);
        journal.step(Step.REPLACING, Role.KV);
        journal.step(Step.ROLLBACK_STARTED);
        journal.step(Step.ROLLING_BACK, Role.GRAPH);

        assertThat(pending().interrupted()).containsExactlyInAnyOrder(Role.GRAPH, Role.KV);
    }

    @Test
    void finishedRestoreIsNotPartial() throws IOException {
        journal.step(Step.REPLACING, Role.GRAPH);
        journal.step(Step.DONE);

        assertThat(pending().end()).contains(Step.DONE);
        assertThat(pending().isPartial()).isFalse();
    }

    @Test
    void rollbackAfterTheLastStepReopensTheRestore() throws IOException {
        journal.step(Step.REPLACING, Role.GRAPH);
        journal.step(Step.DONE);
        journal.step(Step.ROLLBACK_STARTED);

        assertThat(pending().isPartial()).isTrue();
    }
}
