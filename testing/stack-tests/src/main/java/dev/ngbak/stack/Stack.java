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
 * Neo4j, Redis and Qdrant servers, started on free ports. If the machine has no Qdrant, a double replaces it, as
 * {@link QdrantServer} describes. Each server prints its version when it starts.
 */
public final class Stack implements AutoCloseable {

    private static final long DAY_MILLIS = 86_400_000;

    private final Neo4jServer neo4jServer;
    private final boolean sharesNeo4j;
    private final RedisServer redisServer;
    private final QdrantServer qdrantServer;
    private final Neo4jStore neo4j;
    private final QdrantStore qdrant;
    private final RedisStore redis;

    private Stack(Neo4jServer neo4jServer, boolean sharesNeo4j, RedisServer redisServer, QdrantServer qdrantServer) {
        this.neo4jServer = neo4jServer;
        this.sharesNeo4j = sharesNeo4j;
        this.redisServer = redisServer;
        this.qdrantServer = qdrantServer;
        this.neo4j = new Neo4jStore(neo4jServer.url(), neo4jServer.username(), neo4jServer.password());
        this.qdrant = new QdrantStore(qdrantServer.url(), System.getenv("QDRANT_API_KEY"));
        this.redis = new RedisStore(redisServer.url(), DAY_MILLIS);
    }

    /** Starts all three servers. */
    public static Stack start() {
        return start(Neo4jServer.start(), false);
    }

    /**
     * Starts Redis and Qdrant, and uses the Neo4j that all tests of this process share, because Neo4j takes longest to
     * start. Deletes all data in Neo4j.
     */
    public static Stack startWithSharedNeo4j() {
        Stack stack = start(Neo4jServer.shared(), true);
        stack.neo4j.wipeAll();
        return stack;
    }

    /** Starts Redis and Qdrant, and uses the shared Neo4j without deleting anything. */
    public static Stack startWithSharedNeo4jUnchanged() {
        return start(Neo4jServer.shared(), true);
    }

    private static Stack start(Neo4jServer neo4jServer, boolean shared) {
        try {
            Stack stack = new Stack(neo4jServer, shared, RedisServer.start(), QdrantServer.start());
            if (!stack.qdrant.isEmpty()) {
                stack.close();
                throw new IllegalStateException(
                        "The Qdrant at QDRANT_URL contains collections, which tests would delete. Use an empty one");
            }
            return stack;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the settings for these servers: backends, addresses and passwords. The scope is left at its default. */
    public Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        environment.put("GRAPH_BACKEND", "neo4j");
        environment.put("VECTOR_BACKEND", "qdrant");
        environment.put("KV_BACKEND", "redis");
        environment.put("NEO4J_URL", neo4jServer.url());
        environment.put("NEO4J_PASSWORD", neo4jServer.password());
        environment.put("QDRANT_URL", qdrantServer.url());
        environment.put("QDRANT_GRPC_PORT", Integer.toString(qdrantServer.grpcPort()));
        environment.put("REDIS_URL", redisServer.url());
        return environment;
    }

    /** Returns the {@linkplain #environment() environment} as settings, with a folder for archives. */
    public Settings settings(Path backups) {
        return Settings.of(environment()).with("BACKUP_DIR", backups.toString());
    }

    /** Returns whether Qdrant is a real server, and not a double, which keeps points on the heap of this process. */
    public boolean hasRealQdrant() {
        return qdrantServer.isReal();
    }

    public Neo4jStore neo4j() {
        return neo4j;
    }

    public QdrantStore qdrant() {
        return qdrant;
    }

    public RedisStore redis() {
        return redis;
    }

    private Map<Role, Store> stores() {
        return new EnumMap<>(Map.of(Role.GRAPH, neo4j, Role.VECTOR, qdrant, Role.KV, redis));
    }

    /** Fills all three stores with a data set. Keys with an expiry time expire in half a day or in a day. */
    public void fill(Dataset data) {
        fill(data, System.currentTimeMillis());
    }

    /**
     * Fills all three stores. Two calls with equal arguments write equal data.
     *
     * @param now the time, in milliseconds since the epoch, that expiry times are relative to
     */
    public void fill(Dataset data, long now) {
        stores().values().forEach(store -> store.fill(data, now));
    }

    /** Writes data that is out of scope into all three stores. */
    public void fillForeign() {
        stores().values().forEach(Store::fillForeign);
    }

    /** Deletes all data in scope and its schema, and nothing else. */
    public void wipeScope() {
        stores().values().forEach(Store::wipeScope);
    }

    /** Deletes everything, in and out of scope. */
    public void wipeAll() {
        stores().values().forEach(Store::wipeAll);
    }

    /** Returns fingerprints of the data in scope, computed without the product's code. */
    public Map<Role, String> fingerprints() {
        Map<Role, String> fingerprints = new EnumMap<>(Role.class);
        stores().forEach((role, store) -> fingerprints.put(role, store.fingerprint()));
        return fingerprints;
    }

    /** Returns fingerprints of the data out of scope. */
    public Map<Role, String> foreignFingerprints() {
        Map<Role, String> fingerprints = new EnumMap<>(Role.class);
        stores().forEach((role, store) -> fingerprints.put(role, store.foreignFingerprint()));
        return fingerprints;
    }

    /** Returns the content digests of the data in scope, as the product computes them. */
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

    /** Stops the servers and removes their folders. A shared Neo4j runs until the process ends. */
    @Override
    public void close() {
        stores().values().forEach(Store::close);
        redisServer.close();
        try {
            qdrantServer.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!sharesNeo4j) {
            neo4jServer.close();
        }
    }
}
