package dev.ngbak.qdrant;

import dev.ngbak.qdrant.SnapshotFiles.Item;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The snapshots in an archive of nano-graphrag's own backup tool: one for each collection, and nothing about the server that
 * made them.
 */
final class ToolSnapshots {

    /** The version of the server in a companion that was written for such an archive. */
    static final String UNKNOWN_VERSION = "unknown";

    private ToolSnapshots() {}

    /** Reads the snapshots without decoding them, and warns of what the archive does not contain. */
    static void read(EntrySource source, RecordHandler records, Progress progress) throws IOException {
        List<String> names = new ArrayList<>();
        forEach(source, progress, (entry, content) -> {
            names.add(entry.name());
            content.transferTo(OutputStream.nullOutputStream());
        });
        records.markOpaque(StoreCounts.NONE);
        records.warn("The archive contains the collections "
                + names.stream().map(SafeText::forMessage).collect(Collectors.joining(", "))
                + " and no others: the restore removes every other collection in scope, and all aliases. Only the server can"
                + " read these native snapshots, so their points are counted when they are restored.");
    }

    /** Adds the companion that ngbak's own snapshots have. */
    static StoreInfo rewrite(EntrySource source, Settings settings, EntrySink sink, Progress progress)
            throws IOException {
        QdrantSettings qdrant = QdrantSettings.of(settings);
        List<Item> items = new ArrayList<>();
        forEach(source, progress, (entry, content) -> {
            requireScope(entry.name(), qdrant);
            sink.put(entry.name(), SnapshotFiles.SUFFIX, content::transferTo);
            CollectionDefinition collection =
                    new CollectionDefinition(entry.name(), Json.object(), Json.object(), List.of());
            items.add(new Item(collection, entry.size(), entry.sha256(), -1));
        });
        SnapshotFiles.writeCompanion(sink, UNKNOWN_VERSION, items);
        return new StoreInfo(
                "Qdrant",
                UNKNOWN_VERSION,
                ArchiveForm.SNAPSHOT.id(),
                Map.of(QdrantSettings.PREFIX.name(), qdrant.prefix()),
                -1);
    }

    private static void forEach(EntrySource source, Progress progress, EntrySource.Visitor visitor) throws IOException {
        ProgressMeter meter = ProgressMeter.ofBytes(progress, () -> {});
        source.forEach((entry, content) -> {
            if (!entry.path().endsWith(SnapshotFiles.SUFFIX)) {
                throw QdrantErrors.corrupt(SafeText.quoted(entry.path()) + " in the archive is not a snapshot");
            }
            meter.expect(entry.size());
            visitor.visit(entry, metered(content, meter));
        });
        meter.flush();
    }

    private static InputStream metered(InputStream content, ProgressMeter meter) {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                return content.read();
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                int n = content.read(bytes, offset, length);
                if (n > 0) {
                    meter.bytes(n);
                }
                return n;
            }
        };
    }

    /** The tool names a snapshot after its collection. */
    private static void requireScope(String collection, QdrantSettings qdrant) {
        if (qdrant.tenant().sharesCollections()) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive contains whole collections, but the settings select the points of one tenant",
                    "Restore it with the settings of the system that it was made of");
        }
        if (!qdrant.includes(collection)) {
            int end = collection.lastIndexOf('_');
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive contains the collection " + SafeText.quoted(collection) + ", but "
                            + QdrantSettings.PREFIX.name() + " selects collections that begin with "
                            + SafeText.quoted(qdrant.prefix() + "_"),
                    "Set " + QdrantSettings.PREFIX.name() + "="
                            + SafeText.forMessage(end > 0 ? collection.substring(0, end) : "*"));
        }
    }
}
