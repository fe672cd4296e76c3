package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.TenantLayout;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageRestorer.Rewriting;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Restores into another workspace than that of the archive and of the settings. */
class RestoreAsTest extends RestoreFixture {

    private static final String COPY = "copy";

    private final List<FakeStore> copies = List.of(
            new FakeStore(Role.GRAPH, "networkx"), new FakeStore(Role.VECTOR, "nano"), new FakeStore(Role.KV, "json"));

    @BeforeEach
    @Override
    void backUpAndChange() {
        environment.put(GraphLayout.SYSTEM.name(), TenantLayout.NAME);
        environment.put(TenantLayout.TENANT, "original");
        super.backUpAndChange();
    }

    /** The workspace in the settings selects one of two stores. Only the graph has to be written again. */
    @BeforeEach
    void separate() throws IOException {
        for (FakeStore store : all) {
            FakeStore copy = copies.get(store.role.ordinal());
            copy.target = store.target + " of the copy";
            doAnswer(call -> isCopy(call.getArgument(0)) ? copy.export : store.export)
                    .when(store.exporter)
                    .open(any());
            doAnswer(call -> isCopy(call.getArgument(0)) ? copy.restore : store.restore)
                    .when(store.restorer)
                    .open(any());
            doAnswer(call -> isCopy(call.getArgument(0)) ? copy.target : store.target)
                    .when(store.restorer)
                    .target(any());
            doReturn(store == graph).when(store.restorer).isRewritten(any(), any());
        }
        doAnswer(call -> rewrite(call.getArgument(0), call.getArgument(1), call.getArgument(2), call.getArgument(3)))
                .when(graph.restorer)
                .rewrite(any(), any(), any(), any(), any());
    }

    private static boolean isCopy(Settings settings) {
        return COPY.equals(settings.text(TenantLayout.TENANT));
    }

    private Object rewrite(EntrySource source, Rewriting rewriting, EntrySink sink, RecordHandler written)
            throws IOException {
        assertThat(isCopy(rewriting.settings())).isTrue();
        source.forEach((entry, content) -> {
            List<String> lines = new String(content.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> line + " of the copy")
                    .toList();
            sink.put(
                    entry.name(),
                    ".txt",
                    out -> out.write(String.join("\n", lines).getBytes(StandardCharsets.UTF_8)));
            graph.add(lines, written);
        });
        return source.archived();
    }

    private RestoreResult restoreAs(boolean replace) {
        return restore(backup, RestoreOptions.DEFAULT.to(RestoreTarget.workspace(COPY, replace)), job());
    }

    private List<List<String>> copied() {
        return copies.stream().map(store -> List.copyOf(store.lines)).toList();
    }

    private void assertCopied() {
        assertThat(copied())
                .containsExactly(List.of("a of the copy", "b of the copy"), List.of("v1", "v2", "v3"), List.of("doc"));
        assertPreviousData();
    }

    @Test
    void copyIsWrittenAndTheOriginalStaysAsItIs() throws IOException {
        RestoreResult result = restoreAs(false);

        assertCopied();
        assertThat(result.plan().workspace()).isEqualTo(COPY);
        assertThat(result.plan().archive().id()).isEqualTo("mine");
        assertThat(result.plan().targets().get(Role.GRAPH).place()).endsWith("of the copy");
        assertThat(repositoryFiles()).containsExactly("mine.ngbak");
        verify(vector.restorer, never()).rewrite(any(), any(), any(), any(), any());
    }

    @Test
    void planShowsTheTargetAndLeavesNothingBehind() {
        RestorePlan plan =
                manager().plan(archive(backup), RestoreOptions.DEFAULT.to(RestoreTarget.workspace(COPY, false)), job());

        assertThat(plan.problems()).isEmpty();
        assertThat(plan.workspace()).isEqualTo(COPY);
        assertThat(copied()).containsOnly(List.of());
        assertThat(repositoryFiles()).containsExactly("mine.ngbak");
    }

    @Test
    void workspaceThatContainsSomethingIsReplacedOnlyIfAsked() {
        copies.get(2).write("precious");

        BackupException refusal = failure(() -> restoreAs(false));

        assertThat(refusal.kind()).isEqualTo(Kind.INVALID);
        assertThat(refusal).hasMessageContainingAll("\"copy\"", "kv (", "of the copy) has full_docs 1", "--replace");
        assertThat(copied()).containsExactly(List.of(), List.of(), List.of("precious"));
        RestoreResult result = restoreAs(true);
        assertCopied();
        ArchiveInfo saved = manager().list().stream()
                .filter(archive -> archive.id().equals(result.safetyArchive()))
                .findFirst()
                .orElseThrow();
        assertThat(saved.manifest().system().workspace()).isEqualTo(COPY);
        assertThat(log.stream().map(Job.Line::message))
                .anyMatch(line -> line.endsWith("run ngbak restore " + saved.id() + " --as copy --replace."));
    }

    @Test
    void workspaceThatCannotBeReadCountsAsOneThatContainsSomething() {
        copies.get(0).broken = "half a graph";

        assertThat(failure(() -> restoreAs(false))).hasMessageContainingAll("graph cannot be read", "--replace");
    }

    @Test
    void failedRestoreRollsTheCopyBack() throws IOException {
        copies.get(0).write("before");
        failHalfway(copies.get(2), connectionLost());

        BackupException failure = failure(() -> restoreAs(true));

        assertThat(failure.kind()).isEqualTo(Kind.ROLLBACK_FAILED);
        repair(copies.get(2));
        assertThat(manager().recover(job())).isEqualTo(RecoveryOutcome.ROLLED_BACK);
        assertThat(copied()).containsExactly(List.of("before"), List.of(), List.of());
        assertPreviousData();
        assertThat(repositoryFiles()).noneMatch(name -> name.contains("adapted"));
    }

    @Test
    void laterJobFinishesARestoreWithoutSafetyArchiveInItsWorkspace() throws IOException {
        failHalfway(copies.get(2), connectionLost());
        RestoreOptions options = WITHOUT_SAFETY_ARCHIVE.to(RestoreTarget.workspace(COPY, false));
        assertThat(failure(() -> restore(backup, options, job())).kind()).isEqualTo(Kind.ROLLBACK_FAILED);
        assertThat(repositoryFiles())
                .containsExactly(".ngbak/adapted/mine.ngbak", ".ngbak/restore.journal", "mine.ngbak");
        repair(copies.get(2));
        environment.put(TenantLayout.TENANT, "third");

        manager().create("next", null, job());

        assertCopied();
        assertThat(repositoryFiles()).containsExactly("mine.ngbak", "next.ngbak");
    }

    @Test
    void recoveryNamesTheWorkspaceThatTheSettingsDoNotAllow() throws IOException {
        failHalfway(copies.get(2), connectionLost());
        RestoreOptions options = WITHOUT_SAFETY_ARCHIVE.to(RestoreTarget.workspace(COPY, false));
        failure(() -> restore(backup, options, job()));
        environment.put(TenantLayout.FIXED, "yes");

        assertThat(failure(() -> manager().recover(job())))
                .hasMessageContainingAll("workspace \"copy\" cannot be selected now", "TENANT_FIXED is set");
    }

    @Test
    void archiveOfAnotherWorkspaceIsRefusedWithAHint() {
        environment.put(TenantLayout.TENANT, COPY);

        assertThat(failure(this::restore))
                .hasMessageContainingAll("workspace \"original\"", "workspace \"copy\"", "--as");
    }

    @Test
    void pluginThatCannotRenameRefuses() throws IOException {
        doAnswer(call -> call.callRealMethod()).when(vector.restorer).isRewritten(any(), any());

        BackupException refusal = failure(() -> restoreAs(false));

        assertThat(refusal.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(refusal).hasMessageContainingAll("nano", "under its own name", "--as");
        assertThat(repositoryFiles()).containsExactly("mine.ngbak");
    }

    @Test
    void systemWithoutWorkspacesRefuses() {
        environment.put(GraphLayout.SYSTEM.name(), "nano-graphrag");

        BackupException refusal = failure(() -> restoreAs(false));

        assertThat(refusal.kind()).isEqualTo(Kind.INVALID);
        assertThat(refusal).hasMessageContainingAll("nano-graphrag has no workspaces", "--as");
    }

    @Test
    void targetRefusesWhatMakesNoSense() {
        assertThat(failure(() -> new RestoreTarget(null, true, false, Map.of())))
                .hasMessageContaining("--as");
        assertThat(failure(() -> new RestoreTarget(null, false, true, Map.of("/old", "/new"))))
                .hasMessageContainingAll("--map-path", "--convert");
        assertThat(failure(() -> new RestoreTarget(null, false, false, Map.of("old", "/new"))))
                .hasMessageContainingAll("\"old\"", "absolute");
    }

    @Test
    void commandOfARestoreQuotesTheWorkspace() {
        assertThat(RestoreTarget.workspace("it's", true).restoreCommand("x"))
                .isEqualTo("ngbak restore x --as 'it'\\''s' --replace");
        assertThat(RestoreTarget.workspace("", true).restoreCommand("x"))
                .isEqualTo("ngbak restore x --as '' --replace");
    }
}
