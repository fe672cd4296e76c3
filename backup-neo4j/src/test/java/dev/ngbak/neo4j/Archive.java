package dev.ngbak.neo4j;

import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.InMemoryEntries;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What one export of the shared server gave. */
record Archive(InMemoryEntries shelf, StoreInfo info, StoreSummary summary) {

    static Archive of(Settings settings) throws IOException {
        InMemoryEntries shelf = new InMemoryEntries("graph/");
        try (ExportSession session = new Neo4jExporter().open(settings)) {
            return new Archive(shelf, session.info(), session.export(shelf, Progress.NONE));
        }
    }

    /** An archive with a file that somebody wrote by hand, of the default scope. */
    static Archive of(String file) {
        StoreInfo info = new StoreInfo(
                "Neo4j", "5", DumpWriter.FORM, java.util.Map.of("NEO4J_GRAPH_NAMESPACE", TestDatabase.LABEL), -1);
        return new Archive(
                new InMemoryEntries("graph/").with("neo4j", ".dump", file.getBytes(StandardCharsets.UTF_8)),
                info,
                null);
    }

    EntrySource source() {
        return shelf.source(info);
    }

    List<String> lines() {
        return new String(shelf.content("neo4j"), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    StoreSummary restore(Settings settings) throws IOException {
        try (RestoreSession session = new Neo4jRestorer().open(settings)) {
            return session.restore(source(), Progress.NONE);
        }
    }

    StoreSummary read() throws IOException {
        return new Neo4jRestorer().read(source(), Progress.NONE);
    }
}
