package dev.ngbak.lightrag;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.neo4jserver.Neo4jServer;
import dev.ngbak.spi.Settings;
import dev.ngbak.testkit.QdrantServer;
import dev.ngbak.testkit.RedisServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.neo4j.driver.AuthTokens;
import org.neo4j.driver.Driver;
import org.neo4j.driver.GraphDatabase;
import org.neo4j.driver.Record;
import org.neo4j.driver.Session;
import org.neo4j.driver.Values;
import redis.clients.jedis.Jedis;

/** A Neo4j, a Qdrant and a Redis server, and the settings of workspaces in them and in files. */
final class ServerStores implements AutoCloseable {

    static final String MODEL = "Stub-Hash";

    private final Neo4jServer neo4j = Neo4jServer.shared();
    private final Driver driver;
    private final QdrantServer qdrant;
    private final RedisServer redis;

    ServerStores() throws IOException {
        driver = GraphDatabase.driver(neo4j.url(), AuthTokens.basic(neo4j.username(), neo4j.password()));
        qdrant = QdrantServer.start();
        redis = RedisServer.start();
    }

    static Settings files(Path storage, Path backups, String workspace) {
        return Settings.of(Map.of(
                "GRAPHRAG_SYSTEM",
                "lightrag",
                "WORKSPACE",
                workspace,
                "WORKING_DIR",
                storage.toString(),
                "BACKUP_DIR",
                backups.toString()));
    }

    /** Returns settings of the same workspace on the servers, with the same archives. */
    Settings servers(Settings files) {
        return files.with("GRAPH_BACKEND", "neo4j")
                .with("NEO4J_URL", neo4j.url())
                .with("NEO4J_PASSWORD", neo4j.password())
                .with("VECTOR_BACKEND", "qdrant")
                .with("QDRANT_URL", qdrant.settings().text("QDRANT_URL"))
                .with("QDRANT_GRPC_PORT", qdrant.settings().text("QDRANT_GRPC_PORT", "0"))
                .with("EMBEDDING_MODEL", MODEL)
                .with("KV_BACKEND", "redis")
                .with("REDIS_URL", "redis://127.0.0.1:" + redis.port());
    }

    QdrantServer qdrant() {
        return qdrant;
    }

    List<Record> cypher(String query, Object... parameters) {
        try (Session session = driver.session()) {
            return session.run(query, Values.parameters(parameters)).list();
        }
    }

    Jedis redis() {
        return new Jedis("127.0.0.1", redis.port());
    }

    void wipe() throws IOException {
        cypher("MATCH (n) DETACH DELETE n");
        for (Record index : cypher("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name")) {
            cypher("DROP INDEX `" + index.get(0).asString() + "`");
        }
        for (JsonNode collection : qdrant.call("GET", "/collections", null).at("/result/collections")) {
            qdrant.call("DELETE", "/collections/" + collection.path("name").asText(), null);
        }
        try (Jedis jedis = redis()) {
            jedis.flushAll();
        }
    }

    @Override
    public void close() throws IOException {
        driver.close();
        qdrant.close();
        redis.close();
    }
}
