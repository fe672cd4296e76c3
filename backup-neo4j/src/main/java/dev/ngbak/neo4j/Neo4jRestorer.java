package dev.ngbak.neo4j;

import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;

/**
 * Decodes archived graphs of Neo4j, and makes a label or a whole database equal to one. Takes both forms, whatever the mode
 * of backups is.
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
    public StoreSummary read(EntrySource source, Progress progress) throws IOException {
        return Neo4jRestore.isNative(source.archived())
                ? NativeDump.read(source, progress)
                : Neo4jRestore.read(source, progress);
    }

    @Override
    public boolean visit(EntrySource source, RecordVisitor visitor, Progress progress) throws IOException {
        return !Neo4jRestore.isNative(source.archived()) && Neo4jRestore.visit(source, visitor, progress);
    }

    @Override
    public String target(Settings settings) {
        Neo4jSettings neo4j = Neo4jSettings.from(settings);
        return "Neo4j at " + neo4j.shownUrl() + ", database " + neo4j.database() + ", "
                + neo4j.scope().shown();
    }

    @Override
    public TargetSign announce(Settings settings) {
        return Neo4jTargetSign.open(Neo4jSettings.from(settings));
    }

    @Override
    public RestoreSession open(Settings settings) {
        return open(Neo4jSettings.from(settings));
    }

    static RestoreSession open(Neo4jSettings settings) {
        try {
            return Neo4jRestore.over(settings, Outage.connect(settings));
        } catch (IOException e) {
            throw Outage.unusable(e);
        }
    }
}
