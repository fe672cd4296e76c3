package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.Settings;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests that misuse of the API fails early with a clear exception. */
class CallerMistakesTest extends ThreeStores {

    private static final ReadableArchive FILE = archive(Path.of("a.ngbak"));
    private static final RestoreOptions ALL = RestoreOptions.DEFAULT;

    private static final BackupRequest BACKUP = BackupRequest.builder().build();
    private static final RestoreRequest RESTORE = RestoreRequest.builder(FILE).build();

    private interface Call {
        Object on(BackupManager manager);
    }

    private static Arguments missing(String parameter, Call call) {
        return Arguments.of(parameter, call);
    }

    static Stream<Arguments> callsWithoutAnArgument() {
        return Stream.of(
                missing("job", manager -> manager.create(null, null, null)),
                missing("fileOrId", manager -> manager.archive((String) null)),
                missing("id", manager -> manager.archive((BackupId) null)),
                missing("info", manager -> manager.archive((ArchiveInfo) null)),
                missing("archive", manager -> manager.inspect(null)),
                missing("archive", manager -> manager.verify(null, new Job())),
                missing("job", manager -> manager.verify(FILE, null)),
                missing("reader", manager -> manager.readLive(null, new Job())),
                missing("job", manager -> manager.readLive(records -> "", null)),
                missing("archive", manager -> manager.readArchive(null, records -> "", new Job())),
                missing("reader", manager -> manager.readArchive(FILE, null, new Job())),
                missing("job", manager -> manager.readArchive(FILE, records -> "", null)),
                missing("id", manager -> deleted(manager, null, new Job())),
                missing("job", manager -> deleted(manager, new BackupId("a"), null)),
                missing("archive", manager -> manager.plan(null, ALL, new Job())),
                missing("options", manager -> manager.plan(FILE, null, new Job())),
                missing("job", manager -> manager.plan(FILE, ALL, null)),
                missing("archive", manager -> manager.restore(null, ALL, plan -> true, new Job())),
                missing("options", manager -> manager.restore(FILE, null, plan -> true, new Job())),
                missing("confirm", manager -> manager.restore(FILE, ALL, null, new Job())),
                missing("job", manager -> manager.restore(FILE, ALL, plan -> true, null)),
                missing("job", manager -> manager.recover(null)),
                missing("request", manager -> manager.create(null)),
                missing("request", manager -> manager.createAsync(null).join()),
                missing("executor", manager -> manager.createAsync(BACKUP, null).join()),
                missing("fileOrId", manager -> manager.restore((String) null)),
                missing("request", manager -> manager.restore((RestoreRequest) null)),
                missing("request", manager -> manager.restoreAsync(null).join()),
                missing(
                        "executor",
                        manager -> manager.restoreAsync(RESTORE, null).join()),
                missing("request", manager -> manager.plan(null)),
                missing("archive", manager -> RestoreRequest.builder((ReadableArchive) null)),
                missing("confirm", manager -> RestoreRequest.builder(FILE).confirm(null)),
                missing("listener", manager -> RestoreRequest.builder(FILE).listener(null)),
                missing("id", manager -> BackupRequest.builder().id(null)),
                missing("note", manager -> BackupRequest.builder().note(null)),
                missing("listener", manager -> BackupRequest.builder().listener(null)),
                missing("listener", manager -> Job.heardBy(null)),
                missing("settings", manager -> new BackupManager(null)),
                missing("settings", manager -> new BackupManager(null, List.of(), List.of(), Clock.systemUTC())),
                missing("exporters", manager -> new BackupManager(SETTINGS, null, List.of(), Clock.systemUTC())),
                missing("restorers", manager -> new BackupManager(SETTINGS, List.of(), null, Clock.systemUTC())),
                missing("clock", manager -> new BackupManager(SETTINGS, List.of(), List.of(), null)),
                missing("roles", manager -> new RestoreOptions(null, false, true)),
                missing("log", manager -> new Job(null)),
                missing("onPhase", manager -> new Job(line -> {}, null)));
    }

    private static final Settings SETTINGS = Settings.of(Map.of());

    private static Object deleted(BackupManager manager, BackupId id, Job job) {
        manager.delete(id, job);
        return null;
    }

    @ParameterizedTest
    @MethodSource("callsWithoutAnArgument")
    void missingArgumentIsNamed(String parameter, Call call) {
        BackupManager manager = manager();

        assertThatThrownBy(() -> call.on(manager))
                .isInstanceOf(NullPointerException.class)
                .hasMessage(parameter);
    }

    static Stream<BiConsumer<BackupManager, Job>> callsWithAJob() {
        return Stream.of(
                (manager, job) -> manager.create(null, null, job),
                (manager, job) -> manager.verify(FILE, job),
                (manager, job) -> manager.readLive(records -> "", job),
                (manager, job) -> manager.readArchive(FILE, records -> "", job),
                (manager, job) -> manager.delete(new BackupId("a"), job),
                (manager, job) -> manager.plan(FILE, ALL, job),
                (manager, job) -> manager.restore(FILE, ALL, plan -> true, job),
                (manager, job) -> manager.recover(job));
    }

    @ParameterizedTest
    @MethodSource("callsWithAJob")
    void jobCannotBeUsedTwice(BiConsumer<BackupManager, Job> call) {
        BackupManager manager = manager();
        Job job = new Job();
        manager.create("first", null, job);

        ThrowingCallable again = () -> call.accept(manager, job);

        assertThatThrownBy(again)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("use a new Job for each");
        assertThat(manager.list()).extracting(ArchiveInfo::id).containsExactly("first");
    }
}
