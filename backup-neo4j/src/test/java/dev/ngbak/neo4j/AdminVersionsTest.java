package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ngbak.neo4jserver.Neo4jInstallation;
import dev.ngbak.neo4jserver.Neo4jRelease;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.RestoreSession;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dumps of neo4j-admin between releases: a later release loads them, an earlier one is refused. */
@Tag("full")
class AdminVersionsTest {

    @TempDir
    private Path backups;

    @Test
    void dumpIsLoadedIntoALaterReleaseOnly() throws Exception {
        Neo4jRelease later = Neo4jRelease.V2026_08;
        assumeTrue(later.isAvailable(), later.whyNotAvailable());
        try (Neo4jInstallation older = Neo4jInstallation.create(Neo4jRelease.V5_26);
                Neo4jInstallation newer = Neo4jInstallation.create(later);
                DatabaseClient from = new DatabaseClient(older.url(), older.username(), older.password());
                DatabaseClient to = new DatabaseClient(newer.url(), newer.username(), newer.password())) {
            older.start();
            newer.start();
            from.awaitReady().run("CREATE CONSTRAINT one FOR (n:A) REQUIRE n.id IS UNIQUE");

            from.run("UNWIND range(1, 300) AS i CREATE (a:A {id: i, v: [1.0, i]})-[:R {at: datetime()}]->(:B)");
            from.run("CALL db.awaitIndexes(60)");
            to.awaitReady().run("CREATE (:Else)");
            ExportedGraph archive = ExportedGraph.of(AdminTest.settings(older, backups.resolve("older")));
            assertThat(archive.restore(AdminTest.settings(newer, backups.resolve("newer")))
                            .counts())
                    .isEqualTo(archive.summary().counts());
            assertThat(to.contents("true")).isEqualTo(from.contents("true"));

            ExportedGraph back = ExportedGraph.of(AdminTest.settings(newer, backups.resolve("newer")));
            assertThat(back.summary().contentDigest())
                    .isEqualTo(archive.summary().contentDigest());
            List<String> before = from.contents("true");
            try (RestoreSession session =
                    new Neo4jRestorer().open(AdminTest.settings(older, backups.resolve("older")))) {
                assertThat(session.problems(back.info(), 1)).singleElement().satisfies(problem -> {
                    assertThat(problem.kind()).isEqualTo(Kind.INCOMPATIBLE);
                    assertThat(problem).isInstanceOf(BackupException.class).hasMessageContaining("2026.08");
                });
            }
            assertThat(from.contents("true")).isEqualTo(before);
        }
    }
}
