package dev.ngbak.neo4j;

import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
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
    public ExportSession open(Settings settings) {
        return Neo4jExport.open(Neo4jSettings.from(settings));
    }
}
