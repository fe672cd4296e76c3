package dev.ngbak.neo4j;

import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordSource;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.TestedVersions;
import java.io.IOException;
import java.util.List;

/** Backs up the nodes with one label, or a whole database, from Neo4j: values, relationships and schema. */
public final class Neo4jExporter implements StorageExporter {

    static final String BACKEND = "neo4j";

    @Override
    public Role role() {
        return Role.GRAPH;
    }

    @Override
    public String backend() {
        return BACKEND;
    }

    @Override
    public List<SettingSpec> settings() {
        return Neo4jSettings.ALL;
    }

    @Override
    public List<TestedVersions> testedVersions() {
        return List.of(new TestedVersions("Neo4j", "5.26"), new TestedVersions("Neo4j", "2026.08"));
    }

    @Override
    public ExportSession open(Settings settings) {
        return Neo4jExport.open(Neo4jSettings.from(settings));
    }

    @Override
    public StoreInfo write(
            RecordSource records, Settings settings, EntrySink sink, RecordHandler written, Progress progress)
            throws IOException {
        return new GraphWriting(Neo4jSettings.from(settings)).write(records, sink, written, progress);
    }
}
