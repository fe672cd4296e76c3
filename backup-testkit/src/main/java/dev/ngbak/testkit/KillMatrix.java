package dev.ngbak.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RecoveryOutcome;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.engine.RestoreTarget;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.ArchiveRepository;
import dev.ngbak.repository.ArchiveUpload;
import dev.ngbak.repository.RepositoryLock;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Kills restores: it halts a process at each step of the journal, and at random moments. After each kill, a command that
 * settles the restore must lead to the complete old state or the complete new state, report which, and leave nothing behind.
 * Works with any three stores and any repository whose plugins are on the class path.
 *
 * <pre>{@code
 * KillMatrix matrix = new KillMatrix(folder, scene);
 * matrix.killAtEveryRecord();
 * matrix.killAtRandom(20, 1);
 * }</pre>
 */
public final class KillMatrix {

    /** Three stores and their two states. */
    public interface Scene {

        /**
         * Returns the settings that select the stores, and the repository if it is not a folder, as environment variables
         * without {@code BACKUP_DIR}.
         */
        Map<String, String> settings();

        /**
         * Returns the workspace that the restores go to, if it is not the one in the settings. The stores of the settings then
         * have to contain what {@link #makeNew} writes to that workspace.
         */
        default Optional<String> workspace() {
            return Optional.empty();
        }

        /** Fills the stores with the state that the archive will contain. */
        void makeNew() throws IOException;

        /** Fills the stores with another state, which a restore replaces. */
        void makeOld() throws IOException;

        /** Returns the content of all stores in a form that can be compared with {@code equals}. */
        Object picture() throws IOException;

        /** Returns leftovers, such as temporary files and uploads. */
        List<String> leftovers() throws IOException;

        /** Returns the names of the files in the state directory that stay between jobs. */
        default Set<String> stateFiles() {
            return Set.of("lock");
        }
    }

    /** The process that is killed. */
    enum Scenario {
        RESTORE("a restore", "begin", "replacing graph", "replacing kv", "replacing vector", "proving", "done"),
        WAY_BACK(
                "its rollback, after the last store failed",
                "going_back",
                "putting_back graph",
                "putting_back kv",
                "putting_back vector",
                "back"),
        WITHOUT_WAY_BACK(
                "a restore without safety archive",
                "begin",
                "replacing graph",
                "replacing kv",
                "replacing vector",
                "proving",
                "done"),
        RECOVER(
                "recover, rolling back",
                "going_back",
                "putting_back graph",
                "putting_back kv",
                "putting_back vector",
                "back"),
        RECOVER_FORWARD(
                "recover, rolling forward", "replacing graph", "replacing kv", "replacing vector", "proving", "done");

        private final String words;
        private final List<String> records;

        Scenario(String words, String... records) {
            this.words = words;
            this.records = List.of(records);
        }

        boolean isRecovery() {
            return this == RECOVER || this == RECOVER_FORWARD;
        }

        /** Returns the state to which a kill at this moment must lead. */
        private String end(String moment) {
            return switch (this) {
                case RESTORE -> moment.equals("after done") ? "new" : "old";
                case WAY_BACK, RECOVER -> "old";
                case WITHOUT_WAY_BACK ->
                    moment.endsWith(" begin") || moment.equals("before replacing graph") ? "old" : "new";
                case RECOVER_FORWARD -> "new";
            };
        }
    }

    /** The commands that settle a restore, used in turn. */
    private enum Settler {
        RECOVER,
        BACKUP,
        RESTORE,
        DELETE
    }

    private static final BackupId ARCHIVE = new BackupId("new");
    private static final int ORDER = 4;

    /** The number of kills from which on sharing classes saves more time than it takes. */
    private static final int MANY_KILLS = 8;

    private final Scene scene;
    private final Path backups;
    private final Object oldPicture;
    private final Object newPicture;
    private final Map<String, int[]> rows = new TreeMap<>();
    private final JavaProcesses java = new JavaProcesses();
    private boolean sharesClasses;
    private int kills;

    /** @param folder an empty directory for archives and processes */
    public KillMatrix(Path folder, Scene scene) throws IOException {
        this.scene = scene;
        this.backups = folder.resolve("backups");
        scene.makeNew();
        newPicture = scene.picture();
        try (BackupManager manager = manager()) {
            manager.create(ARCHIVE.text(), null, new Job());
        }
        scene.makeOld();
        oldPicture = scene.picture();
        assertThat(oldPicture).isNotEqualTo(newPicture);
    }

    /** Shares the loaded classes of libraries between the processes, which halves their duration. */
    private void shareClasses() throws IOException, InterruptedException {
        if (sharesClasses) {
            return;
        }
        sharesClasses = true;
        java.shareClasses(
                backups.getParent(),
                command -> execute(command).code(),
                HaltingRestore.class.getName(),
                arguments(Scenario.WAY_BACK, "never"));
    }

    private Settings settings() {
        Settings settings = Settings.of(scene.settings());
        return settings.with("BACKUP_DIR", backups.toString());
    }

    private BackupManager manager() {
        return new BackupManager(settings());
    }

    /** Kills each scenario before and after each step of the journal. */
    public void killAtEveryRecord() throws IOException, InterruptedException {
        shareClasses();
        for (Scenario scenario : Scenario.values()) {
            for (String record : scenario.records) {
                killAt(scenario, "before " + record);
                killAt(scenario, "after " + record);
            }
        }
    }

    /** Kills the scenarios in turn, each before or after a random step of the journal. A sample of {@link #killAtEveryRecord}. */
    public void killAtSomeRecords(int times, long seed) throws IOException, InterruptedException {
        if (times >= MANY_KILLS) {
            shareClasses();
        }
        Random random = new Random(seed);
        for (int n = 0; n < times; n++) {
            Scenario scenario = Scenario.values()[n % Scenario.values().length];
            String record = scenario.records.get(random.nextInt(scenario.records.size()));
            killAt(scenario, (random.nextBoolean() ? "before " : "after ") + record);
        }
    }

    private void killAt(Scenario scenario, String moment) throws IOException, InterruptedException {
        prepare(scenario);
        Ended killed = run(scenario, moment);
        assertThat(killed.code())
                .as("%s, killed %s: %s", scenario.words, moment, killed.err())
                .isEqualTo(HaltingRestore.KILLED);
        String end = settle(scenario, moment);
        assertThat(end).as("%s, killed %s", scenario.words, moment).isEqualTo(scenario.end(moment));
        count(scenario, moment, end);
    }

    /** Kills the scenarios in turn at random moments. */
    public void killAtRandom(int times, long seed) throws IOException, InterruptedException {
        shareClasses();
        Random random = new Random(seed);
        Map<Scenario, long[]> durations = new TreeMap<>();
        for (int n = 0; n < times; n++) {
            Scenario scenario = Scenario.values()[n % Scenario.values().length];
            if (!durations.containsKey(scenario)) {
                prepare(scenario);
                Ended undisturbed = run(scenario, "never");
                assertThat(undisturbed.code()).as(undisturbed.err()).isZero();
                durations.put(
                        scenario,
                        Stream.of(undisturbed.out().strip().split(" "))
                                .mapToLong(Long::parseLong)
                                .toArray());
            }
            long[] duration = durations.get(scenario);
            // Most kills come after the journal has begun.
            boolean early = random.nextInt(8) == 0;
            String moment = (early ? "start+" : "journal+") + random.nextLong(Math.max(1, duration[early ? 0 : 1]));
            prepare(scenario);
            Ended ended = run(scenario, moment);
            assertThat(ended.code())
                    .as("%s, killed at %s µs: %s", scenario.words, moment, ended.err())
                    .isIn(0, HaltingRestore.KILLED);
            String where = ended.code() == 0 ? "too late: it had finished" : "at random, " + reached();
            count(scenario, where, settle(scenario, moment));
        }
    }

    /** Returns a Markdown table of all kills and the states to which they led. */
    public String table() {
        StringBuilder table = new StringBuilder(
                "| What was killed | When | Kills | All old | All new | A mix |\n" + "|---|---|---|---|---|---|\n");
        rows.forEach((row, ends) -> table.append(row.substring(ORDER))
                .append(" | ")
                .append(ends[0] + ends[1])
                .append(" | ")
                .append(ends[0])
                .append(" | ")
                .append(ends[1])
                .append(" | 0 |\n"));
        return table.toString();
    }

    /** Replaces the table below a heading of a Markdown page. */
    public void writeTable(Path page, String heading) throws IOException {
        String text = Files.readString(page);
        String line = "## " + heading + "\n\n";
        assertThat(text).contains(line);
        String before = text.substring(0, text.indexOf(line) + line.length());
        String after = text.substring(before.length()).replaceFirst("(?s)^.*?(?=\\n## |\\z)", "");
        Files.writeString(page, before + table() + after);
    }

    private void count(Scenario scenario, String moment, String end) {
        String row = "| " + scenario.words + " | " + moment;
        rows.computeIfAbsent(order(scenario, moment) + row, any -> new int[2])[end.equals("old") ? 0 : 1]++;
    }

    /** Returns {@link #ORDER} characters that sort the rows in the order of events and are not shown. */
    private static String order(Scenario scenario, String moment) {
        int place = scenario.records.indexOf(moment.replaceFirst("^(before|after|at random, after) ", ""));
        char which = moment.startsWith("before") ? 'a' : moment.startsWith("after") ? 'b' : 'c';
        return String.format(Locale.ROOT, "%d%02d%c", scenario.ordinal(), place < 0 ? 99 : place, which);
    }

    private void prepare(Scenario scenario) throws IOException {
        try (ArchiveRepository repository = manager().repository()) {
            for (BackupId id : repository.ids()) {
                if (!id.equals(ARCHIVE)) {
                    repository.delete(id);
                }
            }
        }
        scene.makeOld();
        if (scenario.isRecovery()) {
            leaveOpen(scenario == Scenario.RECOVER);
        }
    }

    /** Leaves a restore that could not be settled: with a safety archive all stores are new, without one a store is old. */
    private void leaveOpen(boolean withSafetyArchive) {
        int[] calls = {0};
        int fatal = withSafetyArchive ? 3 : 2;
        List<StorageExporter> exporters = new ArrayList<>();
        ServiceLoader.load(StorageExporter.class).forEach(exporters::add);
        List<StorageRestorer> restorers = new ArrayList<>();
        for (StorageRestorer restorer : ServiceLoader.load(StorageRestorer.class)) {
            restorers.add(Faults.restorer(restorer, session -> dyingFrom(session, calls, fatal, restorer.role())));
        }
        try (BackupManager manager = new BackupManager(settings(), exporters, restorers, Clock.systemUTC())) {
            manager.restore(
                    manager.archive(ARCHIVE),
                    new RestoreOptions(Set.of(), false, withSafetyArchive).to(target(scene.workspace())),
                    plan -> true,
                    new Job());
            throw new AssertionError("the restore succeeded");
        } catch (BackupException e) {
            assertThat(e.kind()).as(e.getMessage()).isEqualTo(Kind.ROLLBACK_FAILED);
        }
    }

    private static RestoreSession dyingFrom(RestoreSession real, int[] calls, int fatal, Role role) {
        return new ForwardingRestoreSession(real) {
            @Override
            public void restore(EntrySource source, RecordHandler records, Progress progress) throws IOException {
                if (calls[0]++ >= fatal) {
                    throw new BackupException(Kind.UNREACHABLE, "The connection broke", "");
                }
                super.restore(source, records, progress);
                if (role == Role.VECTOR) {
                    throw new BackupException(Kind.UNREACHABLE, "The connection broke", "");
                }
            }
        };
    }

    private record Ended(int code, String out, String err) {}

    private Ended run(Scenario scenario, String moment) throws IOException, InterruptedException {
        return execute(java.command(HaltingRestore.class.getName(), arguments(scenario, moment)));
    }

    private String[] arguments(Scenario scenario, String moment) {
        return Stream.concat(Stream.of(scenario.name(), moment, ARCHIVE.text()), scene.workspace().stream())
                .toArray(String[]::new);
    }

    static RestoreTarget target(Optional<String> workspace) {
        return workspace.map(name -> RestoreTarget.workspace(name, true)).orElse(RestoreTarget.SAME);
    }

    private Ended execute(List<String> command) throws IOException, InterruptedException {
        Path out = Files.createTempFile("ngbak-kill", ".out");
        Path err = Files.createTempFile("ngbak-kill", ".err");
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(backups.getParent().toFile())
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment()
                    .keySet()
                    .removeIf(name -> name.matches("(BACKUP|NEO4J|QDRANT|REDIS|GRAPH|VECTOR|KV)_.*|WORKING_DIR"));
            builder.environment().putAll(scene.settings());
            builder.environment().put("BACKUP_DIR", backups.toString());
            return new Ended(builder.start().waitFor(), Files.readString(out), Files.readString(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /** Returns the last step in the journal. */
    private String reached() throws IOException {
        Path journal = backups.resolve(".ngbak/restore.journal");
        if (!Files.exists(journal)) {
            return "without a journal";
        }
        List<String> lines = new String(Files.readAllBytes(journal), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.endsWith("}"))
                .toList();
        String last = lines.get(lines.size() - 1);
        String step = last.replaceFirst(".*\"step\":\"(\\w+)\".*", "$1");
        return "after "
                + (last.contains("\"store\"")
                        ? step + " " + last.replaceFirst(".*\"store\":\"(\\w+)\".*", "$1")
                        : step);
    }

    /** @return the state to which the kill led */
    private String settle(Scenario scenario, String moment) throws IOException {
        String when = scenario.words + ", killed at: " + moment;
        Settler settler = Settler.values()[kills++ % Settler.values().length];
        List<String> log = new ArrayList<>();
        Job job = new Job(line -> log.add(line.message()));
        RecoveryOutcome recovery;
        try (BackupManager manager = manager()) {
            recovery = settle(manager, settler, job);
            assertThat(manager.openRestore()).as(when).isNull();
            for (ArchiveInfo info : manager.list()) {
                assertThat(info.unreadable()).as(when + ", " + info.id()).isNull();
            }
        }
        Object picture = scene.picture();
        assertThat(picture).as(when + ", settled by " + settler).isIn(oldPicture, newPicture);
        String end = picture.equals(oldPicture) ? "old" : "new";
        if (recovery == RecoveryOutcome.ROLLED_BACK || recovery == RecoveryOutcome.UNCHANGED) {
            assertThat(end).as(when).isEqualTo("old");
        } else if (recovery == RecoveryOutcome.COMPLETED) {
            assertThat(end).as(when).isEqualTo("new");
        }
        String messages = String.join("\n", log);
        if (messages.contains("was interrupted")) {
            assertThat(messages)
                    .as(when)
                    .containsPattern(
                            end.equals("old")
                                    ? "All stores were rolled back|They contain their previous data|before it changed anything"
                                    : "all stores contain the data of the archive|They contain the new data");
        }
        assertThat(scene.leftovers()).as(when).isEmpty();
        try (Stream<Path> left = Files.walk(backups.resolve(".ngbak"))) {
            assertThat(left.filter(Files::isRegularFile)
                            .filter(file -> !file.getParent().endsWith("verified")
                                    && !file.getParent().endsWith("identities"))
                            .map(file -> file.getFileName().toString())
                            .collect(Collectors.toSet()))
                    .as(when)
                    .isEqualTo(scene.stateFiles());
        }
        return end;
    }

    private static RecoveryOutcome settle(BackupManager manager, Settler settler, Job job) throws IOException {
        switch (settler) {
            case RECOVER:
                return manager.recover(job);
            case BACKUP:
                manager.create("next", null, job);
                return null;
            case RESTORE:
                try {
                    manager.restore(manager.archive(ARCHIVE), RestoreOptions.DEFAULT, plan -> false, job);
                    throw new AssertionError("the declined restore continued");
                } catch (BackupException e) {
                    assertThat(e.kind()).as(e.getMessage()).isEqualTo(Kind.UNCONFIRMED);
                    return null;
                }
            case DELETE:
                BackupId dummy = new BackupId("dummy");
                duplicate(manager.repository(), dummy);
                manager.delete(dummy, job);
                return null;
        }
        throw new AssertionError(settler);
    }

    /** Stores the archive under another id, without settling anything. */
    private static void duplicate(ArchiveRepository repository, BackupId id) throws IOException {
        ReadableArchive archive = repository.open(ARCHIVE);
        try (RepositoryLock lock = repository.lock("a test");
                ArchiveUpload upload = repository.create(id);
                InputStream in = archive.read(0)) {
            upload.channel(archive.size()).write(ByteBuffer.wrap(in.readAllBytes()));
            upload.commit(written -> {});
        }
    }
}
