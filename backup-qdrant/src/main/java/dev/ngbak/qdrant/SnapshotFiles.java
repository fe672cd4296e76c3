package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The form {@code snapshot}: one file for each collection, and one that says what Qdrant's snapshots do not. */
final class SnapshotFiles {

    static final String SUFFIX = ".snapshot";
    static final String COMPANION = "collections";
    static final String COMPANION_SUFFIX = ".json";

    private static final String FORMAT = "ngbak-qdrant-snapshot/1";
    private static final int MOST_BYTES = 64 << 20;

    private SnapshotFiles() {}

    /**
     * What the companion says of a collection.
     *
     * @param points how many the snapshot has, or -1 where that is not sure
     */
    record Item(Definition collection, long size, String sha256, long points) {}

    static void write(EntrySink sink, String version, List<Item> items) throws IOException {
        ObjectNode companion = Rest.JSON.createObjectNode();
        companion.put("format", FORMAT).put("server_version", version);
        companion.putArray("collections");
        for (Item item : items) {
            ObjectNode entry = companion.withArray("/collections").addObject();
            item.collection().addTo(entry);
            entry.put("size", item.size()).put("sha256", item.sha256());
            if (item.points() < 0) {
                entry.putNull("points");
            } else {
                entry.put("points", item.points());
            }
        }
        byte[] bytes = Rest.JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(companion);
        sink.put(COMPANION, COMPANION_SUFFIX, out -> out.write(bytes));
    }

    static boolean isCompanion(EntrySource.Entry entry) {
        return entry.name().equals(COMPANION) && entry.path().endsWith(COMPANION_SUFFIX);
    }

    /** Reads the companion. */
    static Map<String, Item> parse(EntrySource.Entry entry, InputStream content) throws IOException {
        byte[] bytes = content.readNBytes(MOST_BYTES);
        Map<String, Item> items = new HashMap<>();
        JsonNode tree;
        try {
            tree = Rest.JSON.readTree(bytes);
        } catch (IOException e) {
            throw damaged(entry.path() + " is no JSON, or is cut off", e);
        }
        if (tree == null || !tree.isObject()) {
            throw damaged(entry.path() + " is no JSON object", null);
        }
        if (!FORMAT.equals(tree.path("format").asText())) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    entry.path() + " is not of the format \"" + FORMAT + "\". Nothing was changed",
                    "Restore it with the version of ngbak that made it");
        }
        for (JsonNode one : tree.path("collections")) {
            Definition collection = Definition.from(one);
            Item item = new Item(
                    collection,
                    one.path("size").asLong(-1),
                    one.path("sha256").asText(),
                    one.path("points").asLong(-1));
            if (items.put(collection.name(), item) != null) {
                throw damaged(entry.path() + " has a collection twice", null);
            }
        }
        return items;
    }

    /** Compares what there is with what the companion says of it. */
    static void check(Map<String, Item> items, Map<String, String> digests) {
        if (items == null) {
            if (!digests.isEmpty()) {
                throw damaged("the archive lacks vectors/qdrant/" + COMPANION + COMPANION_SUFFIX, null);
            }
            return;
        }
        for (Item item : items.values()) {
            if (!item.sha256().equals(digests.get(item.collection().name()))) {
                throw damaged(
                        "the snapshot of \"" + item.collection().name() + "\" in the archive is missing or another",
                        null);
            }
        }
        if (digests.size() != items.size()) {
            throw damaged("the archive has snapshots that its companion does not know", null);
        }
    }

    /** Reads what can be read without a server: that all files are there and are those the server gave. */
    static StoreSummary read(EntrySource source, Progress progress) throws IOException {
        Steps steps = new Steps(progress, Form.SNAPSHOT);
        Map<String, String> digests = new HashMap<>();
        List<Map<String, Item>> companions = new ArrayList<>();
        source.forEach((entry, content) -> {
            if (isCompanion(entry)) {
                companions.add(parse(entry, content));
                return;
            }
            requireSnapshot(entry);
            steps.expectBytes(entry.size());
            pass(content, steps);
            if (digests.put(entry.name(), entry.sha256()) != null) {
                throw damaged("the archive has two snapshots of \"" + entry.name() + "\"", null);
            }
        });
        steps.tell();
        check(companions.isEmpty() ? null : companions.get(0), digests);
        return StoreSummary.opaque();
    }

    static void requireSnapshot(EntrySource.Entry entry) {
        if (!entry.path().endsWith(SUFFIX)) {
            throw damaged(entry.path() + " in the archive is no snapshot", null);
        }
    }

    private static void pass(InputStream in, Steps steps) throws IOException {
        byte[] block = new byte[1 << 16];
        for (int n = in.read(block); n >= 0; n = in.read(block)) {
            steps.bytes(n);
        }
    }

    static BackupException damaged(String problem, Exception cause) {
        return new BackupException(Kind.CORRUPT, problem, "Use another archive", cause);
    }
}
