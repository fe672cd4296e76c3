package dev.ngbak.neo4j;

import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;

/** Backs up the nodes of one label, or a whole database, of Neo4j: values, relationships and schema. */
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
    public ExportSession open(Settings settings) {
        return Neo4jExport.open(settings);
    }
}
