package dev.ngbak.neo4j;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.RecordRewriter;
import dev.ngbak.neo4j.admin.NativeDump;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.Preflight;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Decodes archived Neo4j graphs, and replaces the nodes with one label, or a whole database, with such a graph. Accepts
 * both forms.
 */
public final class Neo4jRestorer implements StorageRestorer {

    @Override
    public Role role() {
        return Role.GRAPH;
    }

    @Override
    public String backend() {
        return Neo4jExporter.BACKEND;
    }

    @Override
    public void read(EntrySource source, Settings settings, RecordHandler records, Progress progress)
            throws IOException {
        if (source.archived().form().equals(StoreInfo.OTHER_TOOL)) {
            ApocGraph.read(source, settings, records, progress);
            return;
        }
        Preflight.requireForm(source.archived(), role(), backend(), DumpWriter.FORM, NativeDump.FORM);
        if (Neo4jRestore.isNativeDump(source.archived())) {
            ProgressMeter meter = ProgressMeter.ofBytes(progress, () -> {});
            Neo4jRestore.copyDump(source, OutputStream.nullOutputStream(), meter);
            records.markOpaque(StoreCounts.NONE);
            return;
        }
        ProgressMeter meter = ProgressMeter.ofRecords(progress, Neo4jRecords.UNIT, () -> {});
        try (Neo4jRecords graph = new Neo4jRecords(records, settings, meter, GraphReceiver.NONE)) {
            DumpReader.read(source, graph);
            graph.finish();
            checkValueTypes(source.archived(), graph.requirements().valueTypes());
        }
    }

    /** Refuses a manifest that is silent about value types, because a preflight relies on it. */
    private static void checkValueTypes(StoreInfo archived, Set<String> found) {
        if (!Requirements.valueTypes(archived.scope()).containsAll(found)) {
            throw Neo4jErrors.corruptArchive("The graph in the archive contains values of the types "
                    + String.join(", ", found) + ", which its manifest does not name");
        }
    }

    @Override
    public boolean isRewritten(StoreInfo archived, Rewriting rewriting) {
        GraphScope scope = Neo4jSettings.from(rewriting.settings()).scope();
        return !scope.namespace().equals(Neo4jSettings.archivedNamespace(archived));
    }

    @Override
    public StoreInfo rewrite(
            EntrySource source, Rewriting rewriting, EntrySink sink, RecordHandler written, Progress progress)
            throws IOException {
        return source.archived().form().equals(StoreInfo.OTHER_TOOL)
                ? ApocGraph.rewrite(source, rewriting.settings(), sink, written, progress)
                : relabel(source, rewriting, sink, written, progress);
    }

    private static StoreInfo relabel(
            EntrySource source, Rewriting rewriting, EntrySink sink, RecordHandler written, Progress progress)
            throws IOException {
        Settings settings = rewriting.settings();
        StoreInfo archived = source.archived();
        GraphScope from = new GraphScope(Neo4jSettings.archivedNamespace(archived));
        GraphScope to = Neo4jSettings.from(settings).scope();
        if (!archived.form().equals(DumpWriter.FORM) || from.isWholeDatabase() || to.isWholeDatabase()) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The graph in the archive (" + SafeText.forMessage(archived.form()) + ", " + from.displayName()
                            + ") cannot be renamed: only the nodes with one label can",
                    "Make a backup with " + Neo4jSettings.MODE.name() + "=" + Neo4jSettings.BOLT + " and without "
                            + Neo4jSettings.NAMESPACE.name() + "=*");
        }
        ProgressMeter meter = ProgressMeter.ofRecords(progress, Neo4jRecords.UNIT, () -> {});
        sink.put(GraphEntry.NAME, GraphEntry.SUFFIX, out -> {
            DumpWriter writer = new DumpWriter(out, archived.version(), to);
            try (Neo4jRecords graph = new Neo4jRecords(written, settings, meter, writer)) {
                RecordRewriter rewriter = GraphLayout.of(settings).rewriter();
                DumpReader.read(
                        source,
                        new RelabelledGraph(graph, from.namespace(), to.namespace(), rewriter, rewriting.scratch()));
                graph.finish();
            }
            writer.finish();
        });
        Map<String, String> scope = new LinkedHashMap<>(archived.scope());
        scope.put(Neo4jSettings.NAMESPACE.name(), to.namespace());
        return new StoreInfo(archived.product(), archived.version(), archived.form(), scope, -1);
    }

    @Override
    public String target(Settings settings) {
        Neo4jSettings neo4j = Neo4jSettings.from(settings);
        return "Neo4j at " + neo4j.urlWithoutCredentials() + ", database " + neo4j.database() + ", "
                + neo4j.scope().displayName();
    }

    @Override
    public TargetSign announce(Settings settings) {
        return Neo4jTargetSign.announce(Neo4jSettings.from(settings)).orElse(null);
    }

    @Override
    public RestoreSession open(Settings settings) {
        return Neo4jRestore.open(Neo4jSettings.from(settings));
    }
}
