package dev.ngbak.stack;

import dev.ngbak.neo4jserver.Neo4jServer;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.support.RecordDigester;
import dev.ngbak.testkit.QdrantServer;
import dev.ngbak.testkit.RedisServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;

/**
 * Neo4j, Redis and Qdrant, started for tests on free ports: real ones, but for Qdrant where the machine has none
 * ({@link QdrantServer} says which). Each says its version when it starts.
 */
public final class Stack implements AutoCloseable {

    private static final long FAR = 86_400_000;

    private final Neo4jServer neo4j;
    private final boolean sharesNeo4j;
    private final RedisServer redis;
    private final QdrantServer qdrant;
    private final Graph graph;
    private final Vectors vectors;
    private final Keys keys;

    private Stack(Neo4jServer neo4j, boolean sharesNeo4j, RedisServer redis, QdrantServer qdrant) {
        this.neo4j = neo4j;
        this.sharesNeo4j = sharesNeo4j;
        this.redis = redis;
        this.qdrant = qdrant;
        this.graph = new Graph(neo4j.url(), neo4j.username(), neo4j.password());
        this.vectors = new Vectors(qdrant.url(), System.getenv("QDRANT_API_KEY"));
        this.keys = new Keys(redis.url(), FAR);
    }

    /** Starts servers of one's own. */
    public static Stack start() {
        return start(Neo4jServer.start(), false);
    }

    /** Starts all but Neo4j, which is the one that the tests of this process share; it takes the longest to start. */
    public static Stack startBesideSharedNeo4j() {
        Stack stack = start(Neo4jServer.shared(), true);
        stack.graph.clear();
        return stack;
    }

    private static Stack start(Neo4jServer neo4j, boolean shared) {
        try {
            Stack stack = new Stack(neo4j, shared, RedisServer.start(), QdrantServer.start());
            if (!stack.vectors.isEmpty()) {
                stack.close();
                throw new IllegalStateException("the Qdrant at QDRANT_URL has collections, which tests would destroy");
            }
            return stack;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a system on these servers would be configured with: backends, addresses and passwords, and no scope. */
    public Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        environment.put("GRAPH_BACKEND", "neo4j");
        environment.put("VECTOR_BACKEND", "qdrant");
        environment.put("KV_BACKEND", "redis");
        environment.put("NEO4J_URL", neo4j.url());
        environment.put("NEO4J_PASSWORD", neo4j.password());
        environment.put("QDRANT_URL", qdrant.url());
        environment.put("QDRANT_GRPC_PORT", Integer.toString(qdrant.grpcPort()));
        environment.put("REDIS_URL", redis.url());
        return environment;
    }

    /** The same as settings, with a folder for archives. */
    public Settings settings(Path backups) {
        return Settings.of(environment()).with("BACKUP_DIR", backups.toString());
    }

    /** Whether the vectors are in Qdrant itself, and not in a double, which holds them on this process's heap. */
    public boolean hasRealQdrant() {
        return qdrant.isReal();
    }

    public Graph graph() {
        return graph;
    }

    public Vectors vectors() {
        return vectors;
    }

    public Keys keys() {
        return keys;
    }

    private Map<Role, Store> stores() {
        return new EnumMap<>(Map.of(Role.GRAPH, graph, Role.VECTOR, vectors, Role.KV, keys));
    }

    /** Writes a data set into all three; keys that expire do so in half a day, or in a day. */
    public void fill(Dataset data) {
        fill(data, System.currentTimeMillis());
    }

    /** The same, reckoned from a given time in milliseconds of the epoch, so that two fillings are equal. */
    public void fill(Dataset data, long now) {
        stores().values().forEach(store -> store.fill(data, now));
    }

    /** Writes what belongs to others into all three. */
    public void fillForeign() {
        stores().values().forEach(Store::fillForeign);
    }

    /** Destroys all that is in scope, and its schema, and nothing else. */
    public void wipe() {
        stores().values().forEach(Store::wipe);
    }

    /** Destroys everything. */
    public void clear() {
        stores().values().forEach(Store::clear);
    }

    /** What is in scope, told without the product's code. */
    public Map<Role, String> pictures() {
        Map<Role, String> pictures = new EnumMap<>(Role.class);
        stores().forEach((role, store) -> pictures.put(role, store.picture()));
        return pictures;
    }

    /** What is out of scope. */
    public Map<Role, String> foreignPictures() {
        Map<Role, String> pictures = new EnumMap<>(Role.class);
        stores().forEach((role, store) -> pictures.put(role, store.foreignPicture()));
        return pictures;
    }

    /** The content digests that the product takes of what is in scope now. */
    public Map<Role, String> digests() {
        Map<Role, String> digests = new EnumMap<>(Role.class);
        Settings settings = Settings.of(environment());
        for (StorageExporter exporter : ServiceLoader.load(StorageExporter.class)) {
            if (settings.text(exporter.role().setting(), "").equals(exporter.backend())) {
                try (ExportSession session = exporter.open(settings)) {
                    RecordDigester records = RecordDigester.digesting();
                    session.read(records, Progress.NONE);
                    digests.put(exporter.role(), records.summary().contentDigest());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
        return digests;
    }

    /** Stops the servers and removes their folders. A shared Neo4j goes on, until the process ends. */
    @Override
    public void close() {
        stores().values().forEach(Store::close);
        redis.close();
        try {
            qdrant.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!sharesNeo4j) {
            neo4j.close();
        }
    }
}
