package dev.ngbak.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.repository.DrillOutcome;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Kills drills at the steps of their journal and at random moments. After each kill, the next job must leave nothing of the
 * drill, and the live stores must be as they were before. Works with any three stores whose plugins are on the class path.
 */
public final class DrillKills {

    private static final List<String> STEPS = List.of(
            "before folder",
            "after folder",
            "before stores",
            "after stores",
            "before proving",
            "before removed",
            "after removed",
            "before evidence",
            "after evidence");

    private static final String ARCHIVE = "drilled";

    private final KillMatrix.Scene scene;
    private final Path backups;
    private final Object picture;
    private final JavaProcesses java = new JavaProcesses();
    private int kills;

    /** @param folder an empty directory for archives and processes */
    public DrillKills(Path folder, KillMatrix.Scene scene) throws IOException {
        this.scene = scene;
        this.backups = folder.resolve("backups");
        scene.makeNew();
        try (BackupManager manager = manager()) {
            manager.create(ARCHIVE, null, new Job());
        }
        scene.makeOld(); // The drill of an archive of other data than the live data would show.
        this.picture = scene.picture();
    }

    private BackupManager manager() {
        return new BackupManager(Settings.of(scene.settings()).with("BACKUP_DIR", backups.toString()));
    }

    /** Kills a drill at each step of the journal. */
    public void killAtEveryStep() throws IOException, InterruptedException {
        for (String step : STEPS) {
            killAt(step);
        }
    }

    /** Kills drills, each at a random step of the journal. */
    public void killAtSomeSteps(int times, long seed) throws IOException, InterruptedException {
        Random random = new Random(seed);
        for (int n = 0; n < times; n++) {
            killAt(STEPS.get(random.nextInt(STEPS.size())));
        }
    }

    private void killAt(String step) throws IOException, InterruptedException {
        assertThat(run(step)).as(step).isEqualTo(HaltingRestore.KILLED);
        settle(step);
    }

    /** Kills drills at random moments. */
    public void killAtRandom(int times, long seed) throws IOException, InterruptedException {
        assertThat(run("never")).isZero();
        settle("never");
        long micros = Long.parseLong(
                Files.readString(backups.resolveSibling("drill.out")).strip());
        Random random = new Random(seed);
        for (int n = 0; n < times; n++) {
            String moment = "start+" + random.nextLong(micros);
            assertThat(run(moment)).as(moment).isIn(0, HaltingRestore.KILLED);
            settle(moment);
        }
    }

    /** Runs a drill in a process of its own. Returns the exit code. */
    private int run(String moment) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(java.command(HaltingDrill.class.getName(), moment, ARCHIVE))
                .directory(backups.getParent().toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(backups.resolveSibling("drill.out").toFile())
                .redirectError(backups.resolveSibling("drill.err").toFile());
        builder.environment()
                .keySet()
                .removeIf(name -> name.matches("(DRILL|BACKUP|NEO4J|QDRANT|REDIS|GRAPH|VECTOR|KV)_.*|WORKING_DIR"));
        builder.environment().putAll(scene.settings());
        builder.environment().put("BACKUP_DIR", backups.toString());
        return builder.start().waitFor();
    }

    private void settle(String moment) throws IOException {
        List<DrillOutcome> drills;
        try (BackupManager manager = manager()) {
            switch (kills++ % 3) {
                case 0 -> manager.recover(new Job());
                case 1 -> {
                    manager.create("next", null, new Job());
                    manager.delete(manager.resolve("next"), new Job());
                }
                default -> manager.drill(ARCHIVE);
            }
            drills = manager.inspect(manager.archive(ARCHIVE)).marks().drills();
        }
        assertThat(drills).as(moment).allMatch(DrillOutcome::passed);
        assertThat(scene.picture()).as(moment).isEqualTo(picture);
        assertThat(scene.leftovers()).as(moment).isEmpty();
        assertThat(files()).as(moment).isEqualTo(scene.stateFiles());
        assertThat(backups.resolve(".ngbak/drill")).as(moment).doesNotExist();
    }

    /** Returns the names of the files in the state directory, except those that belong to archives. */
    private Set<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(backups.resolve(".ngbak"))) {
            return all.filter(Files::isRegularFile)
                    .filter(file -> !file.getParent().endsWith("verified"))
                    .filter(file -> !file.getParent().getParent().endsWith("sidecars"))
                    .map(file -> file.getFileName().toString())
                    .collect(Collectors.toSet());
        }
    }
}
