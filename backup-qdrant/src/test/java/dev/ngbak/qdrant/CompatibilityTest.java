package dev.ngbak.qdrant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ngbak.qdrant.Fixtures.Backup;
import dev.ngbak.qdrant.PreservedTest.Row;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.support.ProductVersion;
import dev.ngbak.testkit.CompatibilityTable;
import dev.ngbak.testkit.QdrantServer;
import dev.ngbak.testkit.ServerPrograms;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * What happens to a backup of one version of Qdrant in another, with every setting and kind of content that the source has. Runs
 * with each program that {@code QDRANT_BIN} names.
 */
class CompatibilityTest {

    private static final Path PAGE = Path.of("../docs/COMPATIBILITY.md");

    private final CompatibilityTable table = new CompatibilityTable(
            "qdrant",
            new QdrantExporter()
                    .testedVersions().get(0).versions().stream()
                            .map(version -> "Qdrant " + version)
                            .toList());

    @Test
    void everyVersionRestoresOrRefusesTheBackupsOfEveryOther() throws Exception {
        List<Path> programs = ServerPrograms.of(QdrantServer.PROGRAMS);
        assumeTrue(!programs.isEmpty(), "QDRANT_BIN names no Qdrant");
        for (Path program : programs) {
            try (QdrantServer source = QdrantServer.startProgram(program, null)) {
                table.server(name(source), version(source));
                Saved snapshot = Saved.of(source, "snapshot", version(source));
                Saved scroll = Saved.of(source, "scroll", version(source));
                for (Path target : programs) {
                    addCell(source, snapshot, scroll, target);
                }
            }
        }
        table.check(PAGE);
    }

    private void addCell(QdrantServer source, Saved snapshot, Saved scroll, Path target) throws Exception {
        String targetVersion;
        String targetName;
        try (QdrantServer server = QdrantServer.startProgram(target, null)) {
            targetVersion = version(server);
            targetName = name(server);
        }
        String points = scroll.restore(target);
        if (points.equals("refused")) {
            points = Saved.of(source, "scroll", targetVersion).restore(target) + ", settings of " + minor(source)
                    + " refused";
        }
        table.cell(name(source), targetName, "snapshot: " + snapshot.restore(target) + "; scroll: " + points);
    }

    /** A backup of everything that a version has, and what the server contained. */
    private record Saved(String mode, Backup backup, Object contents) {

        static Saved of(QdrantServer server, String mode, String version) throws IOException {
            fill(server, mode, version);
            Object contents = Fixtures.contents(server, Fixtures.PREFIX);
            Backup backup = Backup.of(Fixtures.settings(server, mode));
            assertThat(backup.summary().contentDigest()).isNotNull();
            return new Saved(mode, backup, contents);
        }

        /** Restores the backup over other content. Returns what happened. */
        String restore(Path program) throws Exception {
            try (QdrantServer target = QdrantServer.startProgram(program, null)) {
                Fixtures.fill(target, Fixtures.COLLECTION, 20, 7);
                Fixtures.fill(target, Fixtures.PREFIX + "stale", 5, 8);
                Object before = Fixtures.contents(target, Fixtures.PREFIX);
                Settings settings = Fixtures.settings(target, mode);
                if (!problems(backup, settings).isEmpty()) {
                    Fixtures.assertFails(() -> backup.restore(settings), Kind.INCOMPATIBLE, "Qdrant");
                    assertThat(Fixtures.contents(target, Fixtures.PREFIX)).isEqualTo(before);
                    return "refused";
                }
                assertThat(backup.restore(settings).warnings()).isEmpty();
                assertThat(Fixtures.digest(settings)).isEqualTo(backup.summary().contentDigest());
                assertThat(Fixtures.contents(target, Fixtures.PREFIX)).isEqualTo(contents);
                return "exact";
            }
        }
    }

    private static List<BackupException> problems(Backup backup, Settings target) throws IOException {
        try (RestoreSession restore = new QdrantRestorer().open(target)) {
            return restore.problems(backup.info(), 0);
        }
    }

    /** Creates one collection for each row of {@link PreservedTest} that a version has. */
    private static void fill(QdrantServer server, String mode, String version) throws IOException {
        ProductVersion has = ProductVersion.parse(version).orElseThrow();
        Map<String, Row> collections = new TreeMap<>();
        for (Row row : PreservedTest.rows()) {
            String name = String.format("%s%02d", Fixtures.PREFIX, collections.size());
            server.status("DELETE", "/collections/" + name, null);
            boolean exists = row.since().isEmpty()
                    || has.compareTo(ProductVersion.parse(row.since()).orElseThrow()) >= 0;
            collections.put(name, row);
            if (exists && !(row.isSnapshotOnly() && mode.equals("scroll"))) {
                row.create(server, name);
            }
        }
    }

    private static String version(QdrantServer server) throws IOException {
        return server.call("GET", "/", null).path("version").asText();
    }

    private static String minor(QdrantServer server) throws IOException {
        ProductVersion version = ProductVersion.parse(version(server)).orElseThrow();
        return version.major() + "." + version.minor();
    }

    private static String name(QdrantServer server) throws IOException {
        return "Qdrant " + minor(server);
    }
}
