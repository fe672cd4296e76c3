package dev.ngbak.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RecoveryOutcome;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StoredRecord;
import dev.ngbak.testkit.Faults.Trap;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lets every call of the engine into a plugin fail in every way. Afterwards all stores contain the complete new state or the
 * complete old state, and the reported outcome is true.
 */
class FaultMatrixTest {

    private static final RestoreOptions WITHOUT_SAFETY_ARCHIVE = new RestoreOptions(Set.of(), false, false);
    private static final int PLACE = 20;

    /** The way in which a call fails. */
    private enum Failure {
        REFUSAL,
        DEFECT,
        MACHINE,
        IO,
        TIME_OUT,
        DISK_FULL,
        /** The call succeeds, but then reports a failure. */
        DONE_UNHEARD,
        /** All later calls of this store fail too. */
        GONE_FOR_GOOD,
        /** A restore writes a part of the data and fails. */
        HALF_WRITTEN,
        /** A session reports success but writes or hands over something else. */
        WRONG,
        SOURCE_CUT,
        SOURCE_FAILS,
        SINK_FULL;

        boolean fits(Method call) {
            boolean throwsIo = Arrays.asList(call.getExceptionTypes()).contains(IOException.class);
            return switch (this) {
                case REFUSAL, MACHINE, DONE_UNHEARD -> !call.getName().equals("close");
                case DEFECT -> true;
                case IO, TIME_OUT, DISK_FULL -> throwsIo;
                case GONE_FOR_GOOD -> !Set.of("close", "target").contains(call.getName()) && !readsArchive(call);
                case HALF_WRITTEN, SOURCE_CUT, SOURCE_FAILS -> call.getName().equals("restore");
                case WRONG ->
                    ofSession(call) && Set.of("restore", "read", "export").contains(call.getName());
                case SINK_FULL -> call.getName().equals("export");
            };
        }
    }

    private static boolean readsArchive(Method call) {
        return call.getDeclaringClass() == StorageRestorer.class
                && call.getName().equals("read");
    }

    private static boolean ofSession(Method call) {
        return call.getDeclaringClass() == ExportSession.class || call.getDeclaringClass() == RestoreSession.class;
    }

    /** @param call the number of the call into the plugins of this role, counted from 1 */
    private record Fault(Role role, int call, Failure failure) {}

    @TempDir
    Path temp;

    private final MemoryStorage storage =
            MemoryStorage.named("fault matrix of " + ProcessHandle.current().pid());
    private final Map<Role, List<Method>> calls = new EnumMap<>(Role.class);
    private final List<Fault> faults = new ArrayList<>();
    private final List<String> wrong = new ArrayList<>();
    private Path folder;
    private Path archive;
    private Map<Role, Object> newState;
    private Map<Role, Object> oldState;

    @BeforeEach
    void makeTheArchive() {
        folder = temp.resolve("backups");
        for (Role role : Role.values()) {
            storage.put(role, MemoryStorage.FOREIGN, "key", "foreign");
            fill(role, "new");
        }
        archive = Path.of(manager().create("new", null, new Job()).location());
        newState = picture();
        makeOld();
        oldState = picture();
        assertThat(oldState).isNotEqualTo(newState);
    }

    @AfterEach
    void findLeaks() {
        storage.close();
    }

    private void fill(Role role, String state) {
        for (int i = 0; i < 5; i++) {
            storage.put(role, "full_docs", state + i, "a text of the " + state + " state");
        }
        storage.put(role, "only " + state, "key", "value");
    }

    private void makeOld() {
        for (Role role : Role.values()) {
            storage.clear(role);
            if (role != Role.VECTOR) {
                fill(role, "old"); // and the vectors are empty
            }
        }
    }

    private Map<Role, Object> picture() {
        Map<Role, Object> picture = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            picture.put(role, storage.contents(role));
        }
        return picture;
    }

    /** Returns a manager with plugins behind proxies that count calls and let them fail. */
    private BackupManager manager() {
        calls.clear();
        List<StorageExporter> exporters = new ArrayList<>();
        List<StorageRestorer> restorers = new ArrayList<>();
        for (Role role : Role.values()) {
            calls.put(role, new ArrayList<>());
            exporters.add(proxy(StorageExporter.class, MemoryStorage.exporter(role), role));
            restorers.add(proxy(StorageRestorer.class, MemoryStorage.restorer(role), role));
        }
        Settings settings = storage.settings().with("BACKUP_DIR", folder.toString());
        return new BackupManager(settings, exporters, restorers, Clock.systemUTC());
    }

    private <T> T proxy(Class<T> type, T real, Role role) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> call(real, role, method, arguments)));
    }

    private Object call(Object real, Role role, Method method, Object[] arguments) throws Throwable {
        if (Set.of("role", "backend", "abort").contains(method.getName())) {
            return invoke(real, method, arguments);
        }
        int number;
        synchronized (calls) {
            calls.get(role).add(method);
            number = calls.get(role).size();
        }
        for (Fault fault : faults) {
            if (fault.role() == role
                    && (fault.call() == number
                            || number > fault.call()
                                    && fault.failure() == Failure.GONE_FOR_GOOD
                                    && Failure.GONE_FOR_GOOD.fits(method))) {
                return fail(fault.failure(), real, role, method, arguments);
            }
        }
        return wrapped(invoke(real, method, arguments), role);
    }

    private Object wrapped(Object result, Role role) {
        if (result instanceof ExportSession session) {
            return proxy(ExportSession.class, session, role);
        }
        return result instanceof RestoreSession session ? proxy(RestoreSession.class, session, role) : result;
    }

    private static Object invoke(Object real, Method method, Object... arguments) throws Throwable {
        try {
            return method.invoke(real, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private Object fail(Failure failure, Object real, Role role, Method method, Object[] arguments) throws Throwable {
        BackupException refusal =
                new BackupException(Kind.UNREACHABLE, "The " + role.id() + " store does not answer", "Start it");
        IOException noRoom = new IOException("No space left on device");
        switch (failure) {
            case REFUSAL, GONE_FOR_GOOD:
                throw refusal;
            case MACHINE:
                throw new NoClassDefFoundError("hunter2");
            case DEFECT:
                if (method.getName().equals("close")) {
                    invoke(real, method, arguments);
                }
                throw new IllegalStateException("hunter2");
            case IO:
                throw new IOException("broken");
            case TIME_OUT:
                throw new SocketTimeoutException("timed out");
            case DISK_FULL:
                throw noRoom;
            case DONE_UNHEARD:
                if (invoke(real, method, arguments) instanceof AutoCloseable opened) {
                    opened.close();
                }
                throw refusal;
            case HALF_WRITTEN:
                storage.clear(role);
                storage.put(role, "full_docs", "new0", "a text of the new state");
                throw new IOException("cut off");
            case WRONG:
                if (method.getName().equals("restore")) {
                    invoke(real, method, arguments);
                    storage.put(role, "full_docs", "new0", "something else");
                    return null;
                }
                int handler = method.getName().equals("export") ? 1 : 0;
                arguments[handler] = withOtherDigests((RecordHandler) arguments[handler]);
                return invoke(real, method, arguments);
            case SOURCE_CUT:
                arguments[0] = Faults.cut((EntrySource) arguments[0], PLACE);
                return invoke(real, method, arguments);
            case SOURCE_FAILS:
                Trap trap = Trap.failing(new IOException("the archive cannot be read"));
                arguments[0] = Faults.source((EntrySource) arguments[0], PLACE, trap);
                return invoke(real, method, arguments);
            case SINK_FULL:
                arguments[0] = Faults.sink((EntrySink) arguments[0], PLACE, Trap.failing(noRoom));
                return invoke(real, method, arguments);
        }
        throw new AssertionError(failure);
    }

    private static RecordHandler withOtherDigests(RecordHandler records) {
        return new ForwardingRecordHandler(records) {
            @Override
            public void add(StoredRecord record) throws IOException {
                super.add(new StoredRecord() {
                    @Override
                    public String countedAs() {
                        return record.countedAs();
                    }

                    @Override
                    public byte[] digest() {
                        return ContentDigest.sha256().digest(record.digest());
                    }
                });
            }
        };
    }

    // ---- the matrix

    /** Returns all faults of the calls after the given ones. */
    private List<Fault> all(Map<Role, Integer> behind, Set<Failure> failures) {
        List<Fault> all = new ArrayList<>();
        calls.forEach((role, made) -> {
            for (int call = behind.getOrDefault(role, 0) + 1; call <= made.size(); call++) {
                for (Failure failure : failures) {
                    if (failure.fits(made.get(call - 1))) {
                        all.add(new Fault(role, call, failure));
                    }
                }
            }
        });
        return all;
    }

    private BackupException restore(RestoreOptions options) {
        try {
            manager().restore(new ArchiveFile(archive), options, plan -> true, new Job());
            return null;
        } catch (BackupException e) {
            return e;
        }
    }

    private List<String> ours() throws IOException {
        try (Stream<Path> tree = Files.walk(folder.resolve(".ngbak"))) {
            return tree.filter(Files::isRegularFile)
                    .filter(file -> !file.getParent().endsWith("verified"))
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    private void clean() throws IOException {
        faults.clear();
        makeOld();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(file -> Files.isRegularFile(file) && !file.equals(archive))
                    .toList()) {
                Files.delete(file);
            }
        }
    }

    /** Runs a restore with these faults and checks the stores and the reported outcome. */
    private void run(RestoreOptions options, Map<String, Integer> ends, Fault... planned) throws IOException {
        faults.addAll(List.of(planned));
        try {
            check(options, ends, planned[planned.length - 1]);
        } catch (AssertionError e) {
            wrong.add(e.getMessage());
        }
        clean();
    }

    private void check(RestoreOptions options, Map<String, Integer> ends, Fault last) throws IOException {
        Role first = faults.get(0).role();
        BackupException e = restore(options);
        Method failed = calls.get(last.role()).get(last.call() - 1);
        String what = faults + " in "
                + failed.getDeclaringClass().getSimpleName() + "." + failed.getName() + " → "
                + (e == null ? "success" : e.kind() + ": " + e.getMessage());
        Map<Role, Object> after = picture();

        assertThat(storage.openSessions()).as(what).isZero();
        if (e == null) {
            assertThat(after).as(what).isEqualTo(newState);
        } else if (e.kind() != Kind.ROLLBACK_FAILED) {
            assertThat(after).as(what).isEqualTo(oldState);
        }
        if (e != null && e.kind() == Kind.ROLLBACK_FAILED) {
            settle(options, what);
        } else {
            assertThat(ours()).as(what).containsExactly("lock");
        }
        if (e != null) {
            assertThat(e.getMessage()).as(what).doesNotContain("hunter2");
            if (!failed.getName().equals("close") && last.failure() != Failure.MACHINE) {
                // A failure during a rollback that succeeded all the same is not reported.
                assertThat(e.problem())
                        .as(what)
                        .containsAnyOf(
                                last.role().id(),
                                e.kind() == Kind.ROLLED_BACK
                                        ? first.id()
                                        : last.role().id());
            }
        }
        ends.merge(e == null ? "done" : e.kind().name(), 1, Integer::sum);
    }

    /** Recovery fails while the store is gone, and leads to one state when it is back. */
    private void settle(RestoreOptions options, String what) throws IOException {
        assertThat(ours()).as(what).contains("restore.journal").doesNotContain("entry.part", "archive.part");
        assertThat(manager().openRestore()).as(what).isNotNull();
        faults.replaceAll(fault -> new Fault(fault.role(), 0, fault.failure()));
        faults.removeIf(fault -> fault.failure() != Failure.GONE_FOR_GOOD);
        if (!faults.isEmpty()) {
            BackupException still =
                    catchThrowableOfType(BackupException.class, () -> manager().recover(new Job()));
            assertThat(still.kind()).as(what).isEqualTo(Kind.ROLLBACK_FAILED);
            assertThat(ours()).as(what).contains("restore.journal");
        }
        faults.clear();
        RecoveryOutcome recovery = manager().recover(new Job());
        assertThat(recovery)
                .as(what)
                .isEqualTo(options.safetyArchive() ? RecoveryOutcome.ROLLED_BACK : RecoveryOutcome.COMPLETED);
        assertThat(picture()).as(what).isEqualTo(options.safetyArchive() ? oldState : newState);
        assertThat(ours()).as(what).containsExactly("lock");
        assertThat(storage.openSessions()).as(what).isZero();
    }

    @Test
    void everyCallFailsInEveryWay() throws IOException {
        assertThat(restore(RestoreOptions.DEFAULT)).isNull();
        List<Fault> all = all(Map.of(), Set.of(Failure.values()));
        clean();
        Map<String, Integer> ends = new TreeMap<>();

        for (Fault fault : all) {
            run(RestoreOptions.DEFAULT, ends, fault);
        }

        System.out.println("FaultMatrixTest: " + all.size() + " faults in a restore: " + ends);
        assertThat(wrong).isEmpty();
        assertThat(ends).containsKeys("done", "ROLLED_BACK", "ROLLBACK_FAILED", "UNREACHABLE", "NO_SPACE", "INTERNAL");
    }

    @Test
    void everyCallOfARollbackFailsInEveryWay() throws IOException {
        assertThat(restore(RestoreOptions.DEFAULT)).isNull();
        // The vectors come last in an archive, so all stores are modified.
        Fault first = new Fault(Role.VECTOR, 1 + indexOfRestore(Role.VECTOR), Failure.DONE_UNHEARD);
        clean();
        faults.add(first);
        assertThat(restore(RestoreOptions.DEFAULT).kind()).isEqualTo(Kind.ROLLED_BACK);
        Map<Role, Integer> behind = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            behind.put(role, 1 + indexOfRestore(role));
        }
        List<Fault> all = all(behind, Set.of(Failure.values()));
        clean();
        Map<String, Integer> ends = new TreeMap<>();

        for (Fault fault : all) {
            run(RestoreOptions.DEFAULT, ends, first, fault);
        }

        System.out.println("FaultMatrixTest: " + all.size() + " faults in a rollback: " + ends);
        assertThat(wrong).isEmpty();
        assertThat(ends).containsOnlyKeys("ROLLED_BACK", "ROLLBACK_FAILED");
    }

    private int indexOfRestore(Role role) {
        return calls.get(role).stream().map(Method::getName).toList().indexOf("restore");
    }

    @Test
    void everyCallFailsInEveryWayWithoutASafetyArchive() throws IOException {
        assertThat(restore(WITHOUT_SAFETY_ARCHIVE)).isNull();
        List<Fault> all = all(Map.of(), Set.of(Failure.values()));
        clean();
        Map<String, Integer> ends = new TreeMap<>();

        for (Fault fault : all) {
            run(WITHOUT_SAFETY_ARCHIVE, ends, fault);
        }

        System.out.println("FaultMatrixTest: " + all.size() + " faults without a safety archive: " + ends);
        assertThat(wrong).isEmpty();
        assertThat(ends).containsKeys("done", "ROLLBACK_FAILED", "UNREACHABLE", "INTERNAL");
    }
}
