package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads and writes the form {@code snapshot}: an opaque file for each collection, and the companion, a JSON file that
 * contains what Qdrant's snapshots do not.
 */
final class SnapshotFiles {

    static final String SUFFIX = ".snapshot";

    private static final String COMPANION = "collections";
    private static final String COMPANION_SUFFIX = ".json";
    private static final String FORMAT = "ngbak-qdrant-snapshot/1";
    private static final int MAX_COMPANION_BYTES = 64 << 20;

    private SnapshotFiles() {}

    /**
     * A snapshot according to the companion.
     *
     * @param points the number of points, or -1 if it is not certain
     */
    record Item(CollectionDefinition collection, long size, String sha256, long points) {

        String name() {
            return collection.name();
        }

        Item withPoints(long newPoints) {
            return new Item(collection, size, sha256, newPoints);
        }
    }

    /** Writes the companion. */
    static void writeCompanion(EntrySink sink, String version, List<Item> items) throws IOException {
        ObjectNode companion = Json.object();
        companion.put("format", FORMAT).put("server_version", version);
        companion.putArray("collections");
        for (Item item : items) {
            ObjectNode entry = companion.withArray("/collections").addObject();
            item.collection().writeTo(entry);
            entry.put("size", item.size()).put("sha256", item.sha256());
            if (item.points() < 0) {
                entry.putNull("points");
            } else {
                entry.put("points", item.points());
            }
        }
        byte[] bytes = Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(companion);
        sink.put(COMPANION, COMPANION_SUFFIX, out -> out.write(bytes));
    }

    /**
     * Hands over the snapshots of an archived store, and checks that they are those of the companion.
     *
     * @param snapshots receives each snapshot. Its content is verified only after the visitor has returned, as {@link
     *     EntrySource#forEach} says
     * @return the snapshots according to the companion, in its order; empty for a store without collections
     * @throws BackupException {@code CORRUPT} if the companion does not match
     */
    static List<Item> read(EntrySource source, EntrySource.Visitor snapshots) throws IOException {
        Map<String, String> digests = new HashMap<>();
        Map<String, Item> items = new LinkedHashMap<>();
        source.forEach((entry, content) -> {
            if (entry.name().equals(COMPANION) && entry.path().endsWith(COMPANION_SUFFIX)) {
                readCompanion(entry, content, items);
                return;
            }
            if (!entry.path().endsWith(SUFFIX)) {
                throw QdrantErrors.corrupt(SafeText.quoted(entry.path()) + " in the archive is not a snapshot");
            }
            if (digests.put(entry.name(), entry.sha256()) != null) {
                throw QdrantErrors.corrupt("The archive contains two snapshots of " + SafeText.quoted(entry.name()));
            }
            snapshots.visit(entry, content);
        });
        check(items, digests);
        return List.copyOf(items.values());
    }

    private static void readCompanion(EntrySource.Entry entry, InputStream content, Map<String, Item> items)
            throws IOException {
        byte[] bytes = content.readNBytes(MAX_COMPANION_BYTES);
        JsonNode companion;
        try {
            companion = Json.MAPPER.readTree(bytes);
        } catch (IOException e) {
            throw QdrantErrors.corrupt(entry.path() + " in the archive is truncated or not valid JSON", e);
        }
        if (!companion.isObject()) {
            throw QdrantErrors.corrupt(entry.path() + " in the archive is not a JSON object");
        }
        if (!FORMAT.equals(companion.path("format").asText())) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    entry.path() + " in the archive does not have the format \"" + FORMAT + "\"",
                    "Restore it with the version of ngbak that made it");
        }
        for (JsonNode each : companion.path("collections")) {
            CollectionDefinition collection = CollectionDefinition.ofArchive(each);
            Item item = new Item(
                    collection,
                    each.path("size").asLong(-1),
                    each.path("sha256").asText(),
                    each.path("points").asLong(-1));
            if (items.put(collection.name(), item) != null) {
                throw QdrantErrors.corrupt(entry.path() + " in the archive lists a collection twice");
            }
        }
    }

    private static void check(Map<String, Item> items, Map<String, String> digests) {
        for (Item item : items.values()) {
            if (!item.sha256().equals(digests.get(item.name()))) {
                throw QdrantErrors.corrupt("The snapshot of " + SafeText.quoted(item.name())
                        + " in the archive is missing, or is not the one that the server made");
            }
        }
        if (digests.size() != items.size()) {
            throw QdrantErrors.corrupt("The file vectors/qdrant/" + COMPANION + COMPANION_SUFFIX + " in the"
                    + " archive is missing, or does not list all snapshots");
        }
    }
}
