package dev.ngbak.qdrant;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.RecordRewriter;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.ExternalSorter;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.SafeText;
import dev.ngbak.spi.support.TempFiles;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Writes the archived points of one tenant again as those of another: with its payload fields, and the ids that follow from
 * them.
 */
final class TenantChange {

    private static final TypeReference<Map<String, Object>> MAP = new TypeReference<>() {};
    private static final byte[] NOTHING = {};

    private final StoreInfo archived;
    private final Tenant from;
    private final Tenant to;
    private final QdrantSettings settings;
    private final TempFiles tempFiles;
    private final RecordRewriter rewriter;

    /** @throws BackupException {@code INCOMPATIBLE} if the archive does not contain the points of one tenant */
    TenantChange(Settings settings, StoreInfo archived) {
        this.archived = archived;
        this.from = Tenant.ofArchive(archived);
        this.settings = QdrantSettings.of(settings);
        this.to = this.settings.tenant();
        this.tempFiles = TempFiles.of(settings);
        this.rewriter = GraphLayout.of(settings).rewriter();
        boolean points = archived.form().equals(ArchiveForm.SCROLL.id());
        if (!points || !from.fields().keySet().equals(to.fields().keySet())) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The vectors in the archive (" + SafeText.forMessage(archived.form()) + ", " + from.displayName()
                            + ") cannot be renamed: only the points of one tenant of shared collections can",
                    "Make a backup with the settings of the system that the tenant belongs to");
        }
    }

    StoreInfo write(EntrySource source, EntrySink sink, RecordHandler written, ProgressMeter meter) throws IOException {
        QdrantRecords records = new QdrantRecords(written, meter, to);
        Set<String> names = new HashSet<>();
        source.forEach((entry, content) -> sink.put(entry.name(), ScrollReader.SUFFIX, out -> {
            try (RenamedPoints points = new RenamedPoints(out, records)) {
                ScrollReader.read(entry, content, names, points);
            }
        }));
        Map<String, String> scope = new LinkedHashMap<>();
        scope.put(QdrantSettings.PREFIX.name(), archived.scope().getOrDefault(QdrantSettings.PREFIX.name(), ""));
        to.addToScope(scope);
        ServerNeeds.copy(archived, scope);
        return new StoreInfo(archived.product(), archived.version(), archived.form(), scope, -1);
    }

    /** Writes one collection, and refuses two points that would get the same id. */
    private final class RenamedPoints implements PointReceiver, Closeable {
        private final OutputStream out;
        private final QdrantRecords records;
        private final ExternalSorter ids = new ExternalSorter(tempFiles);
        private ScrollWriter writer;
        private String name;

        RenamedPoints(OutputStream out, QdrantRecords records) {
            this.out = out;
            this.records = records;
        }

        @Override
        public void begin(CollectionDefinition collection) throws IOException {
            name = collection.name();
            writer = new ScrollWriter(out, collection);
            records.begin(collection);
        }

        @Override
        public void add(Point point) throws IOException {
            if (!from.owns(point.payload())) {
                throw QdrantErrors.corrupt("The archive contains a point of \"" + name + "\" (" + point.id()
                        + ") that does not belong to its own scope, " + from.displayName());
            }
            ObjectNode payload = point.payload();
            to.fields().forEach(payload::put);
            String id = rewriter.pointId(Json.MAPPER.convertValue(payload, MAP)).orElseThrow(() -> refused(point.id()));
            ids.add(id.getBytes(StandardCharsets.US_ASCII), point.id().getBytes(StandardCharsets.US_ASCII));
            Point changed = new Point(id, point.vectors(), payload, point.shardKey());
            writer.write(changed);
            records.add(changed);
        }

        private BackupException refused(String id) {
            return new BackupException(
                    Kind.INCOMPATIBLE,
                    "The point " + id + " of \"" + name
                            + "\" has no key in its payload from which its id under the new name"
                            + " could be computed",
                    "Delete it in the original and make a new backup, or restore the other stores only (--backends)");
        }

        @Override
        public void end() throws IOException {
            writer.finish();
            records.end();
            ExternalSorter.Sorted sorted = ids.sorted();
            byte[] id = NOTHING;
            byte[] original = NOTHING;
            while (sorted.next()) {
                byte[] other = sorted.value();
                if (Arrays.equals(id, sorted.key())) {
                    throw new BackupException(
                            Kind.INCOMPATIBLE,
                            "The points " + text(original) + " and " + text(other) + " of \"" + name
                                    + "\" have the same key, so they would get the same id under the new name",
                            "Delete one of them in the original and make a new backup");
                }
                id = sorted.key();
                original = other;
            }
        }

        @Override
        public void close() throws IOException {
            ids.close();
        }

        private static String text(byte[] ascii) {
            return new String(ascii, StandardCharsets.US_ASCII);
        }
    }
}
