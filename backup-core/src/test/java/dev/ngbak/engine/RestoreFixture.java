package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doCallRealMethod;
import static org.mockito.Mockito.doReturn;

import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;

/** Three stores and a backup of them. The stores have changed since. */
abstract class RestoreFixture extends ThreeStores {

    static final RestoreOptions WITHOUT_SAFETY_ARCHIVE = new RestoreOptions(Set.of(), false, false);

    final List<Job.Line> log = new ArrayList<>();
    ArchiveInfo backup;

    /** The archive contains the initial lines of the stores. Afterwards the stores contain other lines. */
    @BeforeEach
    void backUpAndChange() {
        backup = manager().create("mine", null, new Job());
        graph.lines.set(0, "changed");
        vector.lines.clear();
        kv.write("newer");
    }

    void assertNewData() {
        assertThat(graph.lines).containsExactly("a", "b");
        assertThat(vector.lines).containsExactly("v1", "v2", "v3");
        assertThat(kv.lines).containsExactly("doc");
    }

    void assertPreviousData() {
        assertThat(graph.lines).containsExactly("changed", "b");
        assertThat(vector.lines).isEmpty();
        assertThat(kv.lines).containsExactly("doc", "newer");
    }

    FakeStore store(Role role) {
        return all.get(role.ordinal());
    }

    Job job() {
        return new Job(log::add);
    }

    RestoreResult restore() {
        return restore(backup, RestoreOptions.DEFAULT, job());
    }

    RestoreResult restore(ArchiveInfo archive, RestoreOptions options, Job job) {
        return manager().restore(archive(archive), options, plan -> true, job);
    }

    List<String> warnings() {
        return log.stream()
                .filter(line -> line.level() == Job.Level.WARN)
                .map(Job.Line::message)
                .toList();
    }

    /** Makes a store fail in the middle of every restore. */
    static void failHalfway(FakeStore store, Throwable failure) throws IOException {
        doAnswer(call -> {
                    store.lines.clear();
                    store.lines.add("half of it");
                    throw failure;
                })
                .when(store.restore)
                .restore(any(), any(), any());
    }

    static void repair(FakeStore store) throws IOException {
        doCallRealMethod().when(store.restore).restore(any(), any(), any());
    }

    static BackupException connectionLost() {
        return new BackupException(Kind.UNREACHABLE, "The connection broke", "Start it");
    }

    Path journal() {
        return folder.resolve(".ngbak/restore.journal");
    }

    /** Runs a restore that fails in the vector store and cannot be rolled back there. */
    BackupException failRollback() throws IOException {
        failHalfway(vector, connectionLost());
        BackupException e = failure(this::restore);
        assertThat(e.kind()).isEqualTo(Kind.ROLLBACK_FAILED);
        return e;
    }

    static void adviseTo(FakeStore store, String sentence) {
        doReturn(List.of(sentence)).when(store.restorer).adviceAfterRestore(any());
    }
}
