package dev.ngbak.neo4j;

import dev.ngbak.neo4j.Neo4jSettings.Mode;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import java.io.IOException;

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
        return open(Neo4jSettings.from(settings));
    }

    static ExportSession open(Neo4jSettings settings) {
        try {
            Neo4jExport live = Neo4jExport.over(settings, Outage.connect(settings));
            return settings.mode() == Mode.ADMIN ? new AdminExport(settings, live) : live;
        } catch (IOException e) {
            throw Outage.unusable(e);
        }
    }
}
