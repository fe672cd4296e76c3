package dev.ngbak.neo4j;

import dev.ngbak.neo4jserver.Neo4jServer;
import dev.ngbak.spi.Settings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.neo4j.driver.Record;

/** The shared real server, seen without the plugin's code. */
final class TestDatabase {

    static final String LABEL = "GraphRAG_chunk_entity_relation";
    static final Neo4jServer SERVER = Neo4jServer.shared();

    static final Graph GRAPH = new Graph(SERVER.url(), SERVER.username(), SERVER.password());

    private TestDatabase() {}

    /** Settings of the shared server; names and values of others behind. */
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
        return GRAPH.run(cypher, parameters);
    }

    static long scan(String cypher) {
        return GRAPH.scan(cypher);
    }

    static long number(String cypher) {
        return GRAPH.number(cypher);
    }

    static void wipe() {
        GRAPH.wipe();
    }

    static List<String> picture(String condition) {
        return GRAPH.picture(condition);
    }

    static List<String> schema() {
        return GRAPH.schema();
    }
}
