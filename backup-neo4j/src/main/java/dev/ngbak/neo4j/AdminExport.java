package dev.ngbak.neo4j;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Lookup;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.util.List;

/**
 * Takes the dump that neo4j-admin makes of a stopped database. What is in it is counted and digested over Bolt before the
 * stop, which is true of the dump only if nothing was written until Neo4j was up again; otherwise nothing is claimed.
 */
final class AdminExport implements ExportSession {

    private final Neo4jSettings settings;
    private final AdminTool tool;
    private volatile Neo4jExport live;

    AdminExport(Neo4jSettings settings, Neo4jExport live) {
        this.settings = settings;
        this.tool = new AdminTool(settings);
        this.live = live;
    }

    @Override
    public StoreInfo info() {
        return live.info();
    }

    @Override
    public StoreCounts counts() throws IOException {
        return live.counts();
    }

    @Override
    public BackupException scopeProblem() throws IOException {
        return live.scopeProblem();
    }

    @Override
    public ChangeMarker marker() throws IOException {
        return live.marker();
    }

    @Override
    public StoreSummary digest(Progress progress) throws IOException {
        return live.digest(progress);
    }

    @Override
    public boolean visit(RecordVisitor visitor, Progress progress) throws IOException {
        return live.visit(visitor, progress);
    }

    @Override
    public Lookup lookup() {
        return live.lookup();
    }

    @Override
    public StoreSummary export(EntrySink sink, Progress progress) throws IOException {
        Meter meter = Meter.ofBytes(progress, tool::aborted);
        tool.check();
        ChangeMarker before = live.marker();
        StoreSummary found = live.digest(meter);
        live.close();
        Connection again = new Outage(settings, tool)
                .during(() -> sink.put(Neo4jExport.FILE, Neo4jExport.SUFFIX, out -> tool.dump(out, meter)));
        live = Neo4jExport.over(settings, again);
        meter.check();
        if (before.until(live.marker()) == Comparison.UNCHANGED) {
            return found;
        }
        return new StoreSummary(
                -1,
                StoreCounts.NONE,
                null,
                List.of("Something was written to Neo4j between the last look at it and the dump, or right after, so"
                        + " nobody can tell how much the dump holds."));
    }

    @Override
    public void abort() {
        tool.abort();
        live.abort();
    }

    @Override
    public void close() {
        live.close();
    }
}
