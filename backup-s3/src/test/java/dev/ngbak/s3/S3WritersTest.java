package dev.ngbak.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.archive.BackupId;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two writers on different machines back up, apply retention and delete in one bucket, at random. Each reports what it did. An
 * archive that was made must be there, unless exactly one writer reports that it deleted it.
 */
class S3WritersTest {

    @TempDir
    private Path directory;

    /** One writer, in a thread or in a process of its own. */
    static final class Writer {

        private static final Pattern DELETED = Pattern.compile("Deleted the old backup (\\S+):.*");

        private final String name;
        private final Settings settings;
        private final Random random;
        private final Consumer<String> report;

        Writer(String name, Settings settings, long seed, Consumer<String> report) {
            this.name = name;
            this.settings = settings;
            this.random = new Random(seed);
            this.report = report;
        }

        /** @param arguments the name, the seed and the number of jobs */
        public static void main(String[] arguments) throws InterruptedException {
            new Writer(arguments[0], Settings.fromEnvironment(), Long.parseLong(arguments[1]), System.out::println)
                    .work(Integer.parseInt(arguments[2]));
        }

        void work(int jobs) throws InterruptedException {
            for (int done = 0; done < jobs; ) {
                try {
                    step(done);
                    done++;
                } catch (BackupException e) {
                    if (e.kind() != Kind.BUSY) {
                        throw e;
                    }
                    Thread.sleep(random.nextInt(50));
                }
            }
        }

        private void step(int done) {
            switch (random.nextInt(4)) {
                case 0 -> backUp(name + "-" + done, "3");
                case 1 -> backUp("shared-" + random.nextInt(3), "");
                case 2 -> backUp(name + "-" + done, "");
                default -> deleteAny();
            }
        }

        private void backUp(String id, String retention) {
            List<String> log = new ArrayList<>();
            try {
                new BackupManager(settings.with("BACKUP_RETENTION", retention))
                        .create(id, null, new Job(line -> log.add(line.message())));
                report.accept("made " + id);
            } catch (BackupException e) {
                if (e.kind() != Kind.ALREADY_EXISTS) {
                    throw e;
                }
                report.accept("taken " + id);
            }
            for (String line : log) {
                Matcher deleted = DELETED.matcher(line);
                if (deleted.matches()) {
                    report.accept("deleted " + deleted.group(1));
                }
            }
        }

        private void deleteAny() {
            BackupManager manager = new BackupManager(settings);
            List<ArchiveInfo> archives = manager.list();
            if (archives.isEmpty()) {
                report.accept("empty");
                return;
            }
            String id = archives.get(random.nextInt(archives.size())).id();
            try {
                manager.delete(new BackupId(id), new Job());
                report.accept("deleted " + id);
            } catch (BackupException e) {
                if (e.kind() != Kind.NOT_FOUND) {
                    throw e;
                }
                report.accept("gone " + id);
            }
        }
    }

    private Settings machine(String name, Settings service) throws IOException {
        return new S3BackupTest.SampleSystem(directory.resolve(name), 1 << 10).settings(service);
    }

    /** s3proxy checks a condition and writes in two steps, so its requests are forwarded one by one. */
    @Test
    void noArchiveIsLostOrDeletedTwice() throws Exception {
        try (S3Service service = S3Service.s3proxy();
                FaultProxy proxy = new FaultProxy(service.endpoint())) {
            service.useNewBucket();
            proxy.oneAtATime();
            Settings through = service.settings()
                    .with("BACKUP_S3_ENDPOINT", proxy.endpoint().toString());
            ExecutorService threads = Executors.newFixedThreadPool(2);
            try {
                List<Future<List<String>>> writers = new ArrayList<>();
                for (String name : List.of("one", "two")) {
                    Settings settings = machine(name, through);
                    writers.add(threads.submit(() -> {
                        List<String> reports = new ArrayList<>();
                        new Writer(name, settings, name.hashCode(), reports::add).work(6);
                        return reports;
                    }));
                }
                List<String> reports = new ArrayList<>();
                for (Future<List<String>> writer : writers) {
                    reports.addAll(writer.get());
                }
                compare(service, reports);
            } finally {
                threads.shutdownNow();
            }
        }
    }

    @Test
    @Tag("full")
    void noArchiveIsLostOrDeletedTwiceIn200JobsOfTwoProcesses() throws Exception {
        try (S3Service service = S3Service.versitygw(directory.resolve("objects"))) {
            service.useNewBucket();
            List<Process> writers = new ArrayList<>();
            for (String name : List.of("one", "two")) {
                writers.add(process(machine(name, service.settings()), name, System.nanoTime(), 100));
            }
            List<String> reports = new ArrayList<>();
            for (Process writer : writers) {
                try (InputStream out = writer.getInputStream()) {
                    new String(out.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .forEach(reports::add);
                }
                assertThat(writer.waitFor()).isZero();
            }
            assertThat(reports).hasSizeGreaterThanOrEqualTo(200);
            compare(service, reports);
        }
    }

    private static Process process(Settings settings, String name, long seed, int jobs) throws IOException {
        ProcessBuilder command = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Writer.class.getName(),
                name,
                Long.toString(seed),
                Integer.toString(jobs));
        settings.names().forEach(variable -> command.environment().put(variable, settings.text(variable, "")));
        return command.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private void compare(S3Service service, List<String> reports) throws IOException {
        Map<String, Integer> balance = new HashMap<>();
        for (String report : reports) {
            String[] words = report.split(" ");
            int change = words[0].equals("made") ? 1 : words[0].equals("deleted") ? -1 : 0;
            balance.merge(words[words.length - 1], change, Integer::sum);
        }
        BackupManager manager = new BackupManager(machine("witness", service.settings()));
        List<ArchiveInfo> archives = manager.list();
        Map<String, Integer> present = archives.stream().collect(Collectors.toMap(ArchiveInfo::id, archive -> 1));
        balance.values().removeIf(left -> left == 0);
        assertThat(present).as(String.join(", ", reports)).isEqualTo(balance);
        for (ArchiveInfo archive : archives) {
            assertThat(manager.verify(manager.archive(archive), new Job()).decoded())
                    .isNotEmpty();
        }
        assertThat(service.openUploads()).isEmpty();
    }
}
