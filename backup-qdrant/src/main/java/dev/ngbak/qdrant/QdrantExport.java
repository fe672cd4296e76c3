package dev.ngbak.qdrant;

import dev.ngbak.qdrant.SnapshotFiles.Item;
import dev.ngbak.qdrant.Snapshots.Snapshot;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Reads the collections in scope. */
final class QdrantExport implements ExportSession {

    private final QdrantSettings settings;
    private final Rest rest;
    private final Server server;
    private final Snapshots snapshots;
    private Tenants tenants;

    private QdrantExport(QdrantSettings settings, Rest rest, Server server) {
        this.settings = settings;
        this.rest = rest;
        this.server = server;
        this.snapshots = new Snapshots(rest);
    }

    static QdrantExport open(QdrantSettings settings, Patience patience) {
        Rest rest = new Rest(settings, patience);
        try {
            Server server = Server.open(rest, settings);
            if (settings.mode() == Form.SNAPSHOT && server.isCluster()) {
                throw cluster(settings, "back up");
            }
            return new QdrantExport(settings, rest, server);
        } catch (RuntimeException e) {
            rest.close();
            throw e;
        }
    }

    static BackupException cluster(QdrantSettings settings, String doing) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                settings.place() + " is a cluster, and a native snapshot holds only what one of its nodes has, so it"
                        + " cannot " + doing + " all",
                "Set QDRANT_BACKUP_MODE=scroll and make a backup, which is portable between clusters");
    }

    @Override
    public StoreInfo info() {
        StoreInfo info = info(settings, server);
        if (tenants == null || tenants.text().isEmpty()) {
            return info;
        }
        Map<String, String> scope = new LinkedHashMap<>(info.scope());
        scope.put(Tenants.MEMBER, tenants.text());
        return new StoreInfo(info.product(), info.version(), info.form(), scope, info.bytes());
    }

    static StoreInfo info(QdrantSettings settings, Server server) {
        return new StoreInfo(
                "Qdrant",
                server.version(),
                settings.mode().text(),
                Map.of(QdrantSettings.PREFIX, settings.prefix()),
                -1);
    }

    @Override
    public StoreCounts counts() {
        Map<String, Long> counts = new LinkedHashMap<>();
        server.scope().forEach(name -> counts.put(name, server.count(name)));
        return new StoreCounts(counts);
    }

    @Override
    public BackupException scopeProblem() {
        return server.mistake();
    }

    @Override
    public ChangeMarker marker() {
        return new Marker(rest, server).read();
    }

    @Override
    public StoreSummary export(EntrySink sink, Progress progress) throws IOException {
        Steps steps = new Steps(progress, settings.mode());
        tenants = Tenants.of(rest, server);
        StoreSummary summary = settings.mode() == Form.SCROLL ? scroll(sink, steps) : snapshot(sink, steps);
        List<String> warnings = new ArrayList<>(tenants.warnings());
        warnings.addAll(summary.warnings());
        return new StoreSummary(summary.records(), summary.counts(), summary.contentDigest(), warnings);
    }

    @Override
    public StoreSummary digest(Progress progress) throws IOException {
        Steps steps = new Steps(progress, settings.mode());
        if (settings.mode() == Form.SCROLL) {
            Tally tally = new Tally();
            server.addTo(tally, steps);
            return tally.summary();
        }
        try (Observed observed = new Observed(steps)) {
            for (String name : server.scope()) {
                observed.before(name);
            }
            return observed.summary();
        }
    }

    @Override
    public boolean visit(RecordVisitor visitor, Progress progress) throws IOException {
        Steps steps = new Steps(progress, Form.SCROLL);
        List<String> names = server.scope();
        for (String name : names) {
            steps.expectPoints(server.count(name));
        }
        for (String name : names) {
            Definition collection = server.definition(name);
            Shown.collection(collection, visitor);
            server.scrollForDigest(collection, point -> {
                Shown.point(point, visitor);
                steps.point(point);
            });
            steps.tell();
        }
        rest.checkAborted();
        return true;
    }

    @Override
    public Lookup lookup() {
        return new Shown(rest, server);
    }

    private StoreSummary scroll(EntrySink sink, Steps steps) throws IOException {
        Tally tally = new Tally();
        List<String> names = server.scope();
        for (String name : names) {
            steps.expectPoints(server.count(name));
        }
        for (String name : names) {
            scroll(name, sink, tally, steps);
        }
        rest.checkAborted();
        return tally.summary();
    }

    private void scroll(String name, EntrySink sink, Tally tally, Steps steps) throws IOException {
        Definition collection = server.definition(name);
        sink.put(name, ScrollFiles.SUFFIX, out -> {
            ScrollFiles.Writer writer = new ScrollFiles.Writer(out, collection);
            tally.add(collection);
            server.scroll(collection, point -> {
                writer.write(point);
                tally.add(name, point);
                steps.point(point);
            });
            writer.end();
        });
        steps.tell();
    }

    /** Points of every collection that still gives them out, in either mode: reading needs no room on the server. */
    @Override
    public StoreSummary exportRaw(EntrySink sink, Progress progress) throws IOException {
        Steps steps = new Steps(progress, Form.SCROLL);
        List<String> warnings = new ArrayList<>();
        for (String name : server.scope()) {
            try {
                scroll(name, sink, new Tally(), steps);
            } catch (BackupException e) {
                if (e.kind() == Kind.INCOMPATIBLE) {
                    throw e; // It is not broken but cannot be archived, so a restore would lose data that is in order.
                }
                server.all(); // When the server is gone altogether, this says so.
                warnings.add("The collection \"" + name + "\" could not be saved as it is now, and is lost with the"
                        + " restore: " + e.problem() + ".");
            }
        }
        rest.checkAborted();
        return new StoreSummary(-1, StoreCounts.NONE, null, warnings);
    }

    private StoreSummary snapshot(EntrySink sink, Steps steps) throws IOException {
        try (Observed observed = new Observed(steps.beside())) {
            List<Item> items = new ArrayList<>();
            for (String name : server.scope()) {
                observed.before(name);
                Definition collection = server.definition(name);
                int strangers = snapshots.strangers(name);
                if (strangers > 0) {
                    observed.warnings.add("Qdrant keeps " + strangers + " other snapshot" + (strangers == 1 ? "" : "s")
                            + " of " + name + ", which this program did not make now; they were left alone.");
                }
                items.add(carry(collection, sink, steps, observed.warnings));
            }
            StoreSummary summary = observed.summary();
            List<Item> counted = items.stream()
                    .map(item -> new Item(
                            item.collection(),
                            item.size(),
                            item.sha256(),
                            summary.counts()
                                    .counts()
                                    .getOrDefault(item.collection().name(), -1L)))
                    .toList();
            if (!counted.isEmpty()) {
                SnapshotFiles.write(sink, server.version(), counted);
            }
            rest.checkAborted();
            return summary;
        }
    }

    private Item carry(Definition collection, EntrySink sink, Steps steps, List<String> warnings) throws IOException {
        Snapshot snapshot = snapshots.create(collection.name());
        String[] sha256 = new String[1];
        try {
            steps.expectBytes(snapshot.size());
            sink.put(
                    collection.name(),
                    SnapshotFiles.SUFFIX,
                    out -> sha256[0] = snapshots.download(snapshot, out, steps));
            steps.tell();
        } finally {
            String left = snapshots.delete(snapshot);
            if (left != null) {
                warnings.add(left);
            }
        }
        return new Item(collection, snapshot.size(), sha256[0], -1);
    }

    /**
     * What can be said of opaque snapshots. The live points are the snapshot's only when nothing was written between the
     * first look and the last; then they are counted and digested, so that a restore can be proved. They are read in a
     * thread of its own, while snapshots are made and travel.
     */
    private final class Observed implements AutoCloseable {
        private final ChangeMarker start = marker();
        private final Map<String, Long> first = new LinkedHashMap<>();
        private final List<String> warnings = new ArrayList<>();
        private final FutureTask<Tally> reading;
        private final Thread reader;

        Observed(Steps steps) {
            reading = new FutureTask<>(() -> {
                Tally tally = new Tally();
                if (start.value() != null) {
                    server.addTo(tally, steps);
                }
                return tally;
            });
            reader = new Thread(reading, "qdrant-digest");
            reader.setDaemon(true);
            reader.start();
        }

        void before(String collection) {
            first.put(collection, server.count(collection));
        }

        StoreSummary summary() throws IOException {
            if (start.until(marker()) == Comparison.UNCHANGED) {
                Tally tally = read();
                if (start.until(marker()) == Comparison.UNCHANGED) {
                    warnings.forEach(tally::warn);
                    return tally.summary();
                }
            }
            Map<String, Long> sure = new LinkedHashMap<>();
            boolean changed = start.until(marker()) == Comparison.CHANGED;
            for (var count : first.entrySet()) {
                if (!changed
                        && server.collection(count.getKey()) != null
                        && count.getValue() == server.count(count.getKey())) {
                    sure.put(count.getKey(), count.getValue());
                }
            }
            if (changed) {
                warnings.add(
                        "Something was written to Qdrant while its snapshots were taken, so nobody can tell how many"
                                + " points they hold.");
            }
            return new StoreSummary(-1, new StoreCounts(sure), null, warnings);
        }

        private Tally read() throws IOException {
            try {
                return reading.get();
            } catch (InterruptedException e) {
                throw Rest.interrupted(e);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof IOException io) {
                    throw io;
                }
                if (e.getCause() instanceof RuntimeException unchecked) {
                    throw unchecked;
                }
                throw new IllegalStateException(e.getCause());
            }
        }

        /** Ends the reading too, where its result is not wanted any more. */
        @Override
        public void close() {
            boolean interrupted = false;
            while (reader.isAlive()) {
                reader.interrupt();
                try {
                    reader.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void abort() {
        server.abort();
    }

    @Override
    public void close() {
        server.close();
    }
}
