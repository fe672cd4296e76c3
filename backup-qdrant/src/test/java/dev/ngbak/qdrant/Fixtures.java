package dev.ngbak.qdrant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.ProductVersion;
import dev.ngbak.testkit.AwkwardValues;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.QdrantServer;
import dev.ngbak.testkit.Summaries;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Collections for tests, and short forms of what tests do with them. */
final class Fixtures {

    /** A collection in the default scope. */
    static final String COLLECTION = "api_working_dir_entities";

    static final String PREFIX = "api_working_dir_";

    static final String[] MODES = {"snapshot", "scroll"};

    static final Timeouts SHORT_TIMEOUTS =
            new Timeouts(Duration.ofMillis(800), Duration.ofSeconds(20), Duration.ofMillis(50));

    private static final int DIMENSIONS = 8;
    private static final int BATCH = 500;

    private Fixtures() {}

    /** An export in memory. */
    record Backup(InMemoryEntries entries, StoreInfo info, StoreSummary summary) {

        static Backup of(Settings settings) throws IOException {
            try (ExportSession export = new QdrantExporter().open(settings)) {
                return of(export);
            }
        }

        static Backup of(ExportSession export) throws IOException {
            InMemoryEntries entries = newEntries();
            StoreSummary summary = Summaries.export(export, entries, Progress.NONE);
            return new Backup(entries, export.info(), summary);
        }

        EntrySource source() {
            return entries.source(info);
        }

        StoreSummary restore(Settings settings) throws IOException {
            try (RestoreSession restore = new QdrantRestorer().open(settings)) {
                return Summaries.restore(restore, source(), Progress.NONE);
            }
        }
    }

    static InMemoryEntries newEntries() {
        return new InMemoryEntries("vectors/qdrant/");
    }

    static Settings settings(QdrantServer server, String mode) {
        return server.settings().with("QDRANT_BACKUP_MODE", mode);
    }

    /** Returns the content digest of the live collections in scope. */
    static String digest(Settings settings) throws IOException {
        return read(settings).contentDigest();
    }

    static StoreSummary read(Settings settings) throws IOException {
        try (ExportSession export = new QdrantExporter().open(settings)) {
            return Summaries.read(export, Progress.NONE);
        }
    }

    static void assertFails(ThrowingCallable call, Kind kind, String... words) {
        assertThat(catchThrowable(call)).isInstanceOfSatisfying(BackupException.class, e -> {
            assertThat(e.kind()).isEqualTo(kind);
            assertThat(e.getMessage()).contains(words).doesNotContain("Exception");
        });
    }

    /** Returns whether a server has a version, such as {@code 1.19}, or a newer one. */
    static boolean isAtLeast(QdrantServer server, String version) throws IOException {
        ProductVersion found = ProductVersion.parse(
                        server.call("GET", "/", null).path("version").asText())
                .orElseThrow();
        return found.compareTo(ProductVersion.parse(version).orElseThrow()) >= 0;
    }

    /** Returns the number of snapshots that the server keeps of {@link #COLLECTION}. */
    static int snapshots(QdrantServer server) throws IOException {
        return server.call("GET", "/collections/" + COLLECTION + "/snapshots", null)
                .path("result")
                .size();
    }

    /** Returns a progress that kills the server with its first step. */
    static Progress killing(QdrantServer server) {
        return new Progress() {
            @Override
            public void expect(long total, String unit) {}

            @Override
            public void advance(long amount) {
                if (amount > 0) {
                    server.kill();
                }
            }
        };
    }

    /** Creates a collection with dense and sparse vectors, the same for the same seed. */
    static void fill(QdrantServer server, String collection, int points, long seed) throws IOException {
        create(server, collection, "");
        Random random = new Random(seed);
        for (int done = 0; done < points; ) {
            ObjectNode batch = Json.object();
            for (int i = 0; i < BATCH && done < points; i++, done++) {
                batch.withArray("/points").add(point(random, done));
            }
            server.call("PUT", "/collections/" + collection + "/points?wait=true", batch.toString());
        }
    }

    /**
     * Creates a collection with dense and sparse vectors, without points.
     *
     * @param parameters further members of the request, each beginning with a comma
     */
    static void create(QdrantServer server, String collection, String parameters) throws IOException {
        server.call(
                "PUT",
                "/collections/" + collection + "?timeout=60",
                "{\"vectors\":{\"dense\":{\"size\":8,\"distance\":\"Cosine\"}},\"sparse_vectors\":{\"sparse\":{}}"
                        + parameters + "}");
    }

    static ObjectNode point(Random random, int number) {
        ObjectNode point = Json.object();
        // Numbers on both sides of 2^63, and UUIDs. All ids of one seed are different.
        long id = (random.nextLong() << 12) | number;
        switch (number % 3) {
            case 0 -> point.put("id", new UUID(random.nextLong(), id).toString());
            case 1 -> point.put("id", new BigInteger(Long.toUnsignedString(id | Long.MIN_VALUE)));
            default -> point.put("id", number);
        }
        ObjectNode vectors = point.putObject("vector");
        for (int i = 0; i < DIMENSIONS; i++) {
            vectors.withArray("/dense").add((float) random.nextGaussian());
        }
        ObjectNode sparse = vectors.putObject("sparse");
        sparse.putArray("indices");
        sparse.putArray("values");
        for (int i = 0; i < number % 4; i++) {
            sparse.withArray("/indices").add(4_294_967_295L - 7L * i);
            sparse.withArray("/values").add(random.nextFloat());
        }
        point.putObject("payload")
                .put("id", "ent-" + number)
                .put("content", AwkwardValues.anyText(random))
                .put("n", number);
        return point;
    }

    /** Returns the definitions, points, aliases and numbers of snapshots of all collections with a prefix. */
    static Map<String, Object> contents(QdrantServer server, String prefix) throws IOException {
        Map<String, Object> contents = new TreeMap<>();
        for (JsonNode each :
                server.call("GET", "/collections", null).path("result").path("collections")) {
            String name = each.path("name").asText();
            if (name.startsWith(prefix)) {
                addContents(server, name, contents);
            }
        }
        Map<String, String> aliases = new TreeMap<>();
        server.call("GET", "/aliases", null)
                .path("result")
                .path("aliases")
                .forEach(alias -> aliases.put(
                        alias.path("alias_name").asText(),
                        alias.path("collection_name").asText()));
        aliases.values().removeIf(name -> !name.startsWith(prefix));
        contents.put("aliases", aliases);
        return contents;
    }

    private static void addContents(QdrantServer server, String name, Map<String, Object> contents) throws IOException {
        JsonNode collection = server.call("GET", "/collections/" + name, null).path("result");
        Map<String, JsonNode> points = new TreeMap<>();
        server.call(
                        "POST",
                        "/collections/" + name + "/points/scroll",
                        "{\"limit\":100000,\"with_payload\":true,\"with_vector\":true}")
                .path("result")
                .path("points")
                .forEach(point -> points.put(point.path("id").asText(), point));
        contents.put(name, points);
        contents.put(name + "/config", collection.path("config"));
        Map<String, String> schema = new TreeMap<>();
        collection
                .path("payload_schema")
                .fields()
                .forEachRemaining(index -> schema.put(
                        index.getKey(),
                        index.getValue().path("data_type") + " "
                                + index.getValue().path("params")));
        contents.put(name + "/schema", schema);
        contents.put(
                name + "/snapshots",
                server.call("GET", "/collections/" + name + "/snapshots", null)
                        .path("result")
                        .size());
    }
}
