package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.qdrant.SnapshotFiles.Item;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Makes the collections in scope those of an archive. */
final class QdrantRestore implements RestoreSession {

    private final QdrantSettings settings;
    private final Rest rest;
    private final Server server;

    private QdrantRestore(QdrantSettings settings, Rest rest, Server server) {
        this.settings = settings;
        this.rest = rest;
        this.server = server;
    }

    static QdrantRestore open(QdrantSettings settings, Patience patience) {
        Rest rest = new Rest(settings, patience);
        try {
            return new QdrantRestore(settings, rest, Server.open(rest, settings));
        } catch (RuntimeException e) {
            rest.close();
            throw e;
        }
    }

    @Override
    public StoreInfo info() {
        return QdrantExport.info(settings, server);
    }

    @Override
    public List<BackupException> problems(StoreInfo archived, long bytes) {
        List<BackupException> problems = obstacles(archived);
        problems.addAll(
                Tenants.of(rest, server).problems(Tenants.from(archived.scope().get(Tenants.MEMBER)), server));
        return problems;
    }

    /** What makes a restore impossible. Other tenants do not: {@link #restore} must also roll back what it has replaced. */
    private List<BackupException> obstacles(StoreInfo archived) {
        List<BackupException> problems = new ArrayList<>();
        try {
            if (Form.named(archived) == Form.SNAPSHOT) {
                if (!ServerVersion.takes(archived.version(), server.version())) {
                    problems.add(new BackupException(
                            Kind.INCOMPATIBLE,
                            "The archive's snapshots are of Qdrant " + archived.version() + ", and " + server.place()
                                    + " is " + server.version()
                                    + ": a native snapshot can be restored on the same or the"
                                    + " next minor version",
                            "Restore it on such a server; for other versions, make the backup with"
                                    + " QDRANT_BACKUP_MODE=scroll"));
                }
                if (server.isCluster()) {
                    problems.add(QdrantExport.cluster(settings, "restore"));
                }
            }
        } catch (BackupException e) {
            problems.add(e);
        }
        String prefix = archived.scope().get(QdrantSettings.PREFIX);
        if (!settings.prefix().equals(prefix)) {
            problems.add(new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive was made with " + QdrantSettings.PREFIX + "=" + prefix + ", and here it is "
                            + settings.prefix() + ": its collections would have other names",
                    "Set " + QdrantSettings.PREFIX + " to the same value"));
        }
        return problems;
    }

    @Override
    public StoreSummary restore(EntrySource source, Progress progress) throws IOException {
        List<BackupException> problems = obstacles(source.archived());
        if (!problems.isEmpty()) {
            BackupException first = problems.get(0);
            throw new BackupException(first.kind(), first.problem() + ". Nothing was changed", first.remedy());
        }
        rest.checkAborted();
        Form form = Form.named(source.archived());
        Steps steps = new Steps(progress, form);
        StoreSummary written =
                switch (form) {
                    case SNAPSHOT -> snapshots(source, steps);
                    case SCROLL -> points(source, steps);
                };
        rest.checkAborted();
        return written;
    }

    /** @param archived -1 where the archive does not know */
    private long counted(String collection, long archived) {
        long found = server.count(collection);
        if (archived >= 0 && archived != found) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "After the restore \"" + collection + "\" at " + server.place() + " has " + found
                            + " points, and the archive has " + archived,
                    "Make sure that nothing writes to it meanwhile, and restore again");
        }
        return found;
    }

    private void removeAllBut(Collection<String> kept) {
        for (String name : server.scope()) {
            if (!kept.contains(name)) {
                server.delete(name);
            }
        }
    }

    private void requireScope(String collection) {
        if (!settings.covers(collection)) {
            throw SnapshotFiles.damaged(
                    "The archive has a collection \"" + collection + "\" outside of its own scope", null);
        }
    }

    /** What a snapshot holds can only be read from the server, which is for the proof: here its points are counted. */
    private StoreSummary snapshots(EntrySource source, Steps steps) throws IOException {
        List<String> warnings = new ArrayList<>();
        Map<String, Item> items;
        try (SnapshotUploads uploads = new SnapshotUploads(rest, server, warnings)) {
            List<Map<String, Item>> companions = new ArrayList<>();
            source.forEach((entry, content) -> {
                uploads.settle();
                if (SnapshotFiles.isCompanion(entry)) {
                    companions.add(SnapshotFiles.parse(entry, content));
                } else {
                    SnapshotFiles.requireSnapshot(entry);
                    requireScope(entry.name());
                    uploads.begin(entry, content, steps);
                }
            });
            uploads.settle();
            items = companions.isEmpty() ? null : companions.get(0);
            SnapshotFiles.check(items, uploads.digests());
        }
        steps.tell();
        if (items == null) {
            items = Map.of();
        }
        removeAllBut(items.keySet());
        Map<String, Long> points = new TreeMap<>();
        long all = 0;
        for (Item item : items.values()) {
            server.alias(item.collection());
            long found = counted(item.collection().name(), item.points());
            points.put(item.collection().name(), found);
            all += found;
        }
        return new StoreSummary(all, new StoreCounts(points), null, warnings);
    }

    private StoreSummary points(EntrySource source, Steps steps) throws IOException {
        Set<String> names = new HashSet<>();
        Tally tally = new Tally();
        List<Definition> collections = new ArrayList<>();
        source.forEach((entry, content) -> {
            requireScope(entry.name());
            ScrollFiles.read(entry, content, names, new ScrollFiles.Receiver() {
                private Upserts upserts;

                @Override
                public void begin(Definition collection) throws IOException {
                    tally.add(collection);
                    recreate(collection);
                    collections.add(collection);
                    upserts = new Upserts(rest, collection.name(), steps);
                }

                @Override
                public void accept(Point point) throws IOException {
                    tally.add(entry.name(), point);
                    upserts.add(point);
                }

                @Override
                public void end() throws IOException {
                    counted(entry.name(), upserts.end());
                }
            });
        });
        removeAllBut(names);
        for (Definition collection : collections) {
            server.alias(collection);
            if (collection.config().hasNonNull("strict_mode_config")) {
                ObjectNode limits = Rest.JSON.createObjectNode();
                limits.set("strict_mode_config", collection.config().get("strict_mode_config"));
                rest.change("PATCH", Rest.collection(collection.name()), limits);
            }
        }
        return tally.summary();
    }

    private void recreate(Definition collection) {
        if (server.all().contains(collection.name())) {
            server.delete(collection.name());
        }
        rest.change("PUT", Rest.collection(collection.name()), collection.creation());
        // Before the points, so that the search index is built with them in mind.
        collection.schema().fields().forEachRemaining(field -> {
            ObjectNode index = Rest.JSON.createObjectNode().put("field_name", field.getKey());
            index.set("field_schema", field.getValue().path(field.getValue().has("params") ? "params" : "data_type"));
            rest.change("PUT", Rest.collection(collection.name()) + "/index?wait=true", index);
        });
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
