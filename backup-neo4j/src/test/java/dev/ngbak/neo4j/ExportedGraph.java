package dev.ngbak.neo4j;

import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.Summaries;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** The files of an export, and what a manifest contains about them. */
record ExportedGraph(InMemoryEntries entries, StoreInfo info, StoreSummary summary) {

    static ExportedGraph of(Settings settings) throws IOException {
        InMemoryEntries entries = new InMemoryEntries("graph/");
        try (ExportSession session = new Neo4jExporter().open(settings)) {
            StoreSummary summary = Summaries.export(session, entries, Progress.NONE);
            return new ExportedGraph(entries, session.info(), summary);
        }
    }

    /** Returns a handwritten file with the default scope. It has no summary. */
    static ExportedGraph ofFile(String file) {
        StoreInfo info =
                new StoreInfo("Neo4j", "5", DumpWriter.FORM, Map.of("NEO4J_GRAPH_NAMESPACE", TestDatabase.LABEL), -1);
        return ofFile(info, file.getBytes(StandardCharsets.UTF_8));
    }

    static ExportedGraph ofFile(StoreInfo info, byte[] file) {
        return new ExportedGraph(new InMemoryEntries("graph/").with("neo4j", ".dump", file), info, null);
    }

    EntrySource source() {
        return entries.source(info);
    }

    List<String> lines() {
        return new String(entries.content("neo4j"), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    StoreSummary restore(Settings settings) throws IOException {
        try (RestoreSession session = new Neo4jRestorer().open(settings)) {
            return Summaries.restore(session, source(), Progress.NONE);
        }
    }

    /** Reads the files without a server. */
    StoreSummary read() throws IOException {
        return Summaries.read(new Neo4jRestorer(), source(), Settings.of(Map.of()));
    }
}
