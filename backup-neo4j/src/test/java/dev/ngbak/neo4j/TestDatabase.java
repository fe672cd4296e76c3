package dev.ngbak.neo4j;

import dev.ngbak.neo4jserver.Neo4jServer;
import dev.ngbak.spi.Settings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.neo4j.driver.Record;

/** The real server that all tests share, used without the plugin's code. */
final class TestDatabase {

    static final String LABEL = "GraphRAG_chunk_entity_relation";
    static final Neo4jServer SERVER = Neo4jServer.shared();

    static final DatabaseClient CLIENT = new DatabaseClient(SERVER.url(), SERVER.username(), SERVER.password());

    private TestDatabase() {}

    /** Returns settings for the shared server, with more names and values. */
    static Settings settings(String... more) {
        Map<String, String> values = new HashMap<>();
        values.put("NEO4J_URL", SERVER.url());
        values.put("NEO4J_PASSWORD", SERVER.password());
        for (int i = 0; i < more.length; i += 2) {
            values.put(more[i], more[i + 1]);
        }
        return Settings.of(values);
    }

    static List<Record> run(String cypher, Object... parameters) {
        return CLIENT.run(cypher, parameters);
    }

    static long scan(String cypher) {
        return CLIENT.scan(cypher);
    }

    static long number(String cypher) {
        return CLIENT.number(cypher);
    }

    static void wipe() {
        CLIENT.wipe();
    }

    static List<String> contents(String condition) {
        return CLIENT.contents(condition);
    }

    static List<String> schema() {
        return CLIENT.schema();
    }
}
