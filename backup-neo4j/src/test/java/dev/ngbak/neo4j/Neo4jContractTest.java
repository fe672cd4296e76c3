package dev.ngbak.neo4j;

import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.testkit.AwkwardValues;
import dev.ngbak.testkit.StorageContract;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;

/** The contract with a real server. */
class Neo4jContractTest implements StorageContract {

    private static final String NODE = "(n:" + TestDatabase.LABEL + ")";

    DatabaseClient client() {
        return TestDatabase.CLIENT;
    }

    @BeforeEach
    void wipe() {
        client().wipe();
    }

    @Override
    public StorageExporter exporter() {
        return new Neo4jExporter();
    }

    @Override
    public StorageRestorer restorer() {
        return new Neo4jRestorer();
    }

    @Override
    public Settings settings() {
        return TestDatabase.settings();
    }

    @Override
    public Settings deadSettings() {
        return TestDatabase.settings("NEO4J_URL", "bolt://127.0.0.1:1");
    }

    @Override
    public String deadSetting() {
        return "NEO4J_URL";
    }

    @Override
    public boolean looksUp() {
        return true;
    }

    @Override
    public boolean replacesAtOnce() {
        return false;
    }

    /** Enough for several steps of progress. Each record costs a server more time than a file. */
    @Override
    public int many() {
        return 1_200;
    }

    /** Creates two thirds nodes and one third relationships. The schema depends on the seed. */
    @Override
    public void fill(int records, long seed) {
        client().run("MATCH " + NODE + " DETACH DELETE n");
        client().run("DROP INDEX contract_a IF EXISTS");
        client().run("DROP INDEX contract_b IF EXISTS");
        if (records == 0) {
            return;
        }
        client().run(
                        seed % 2 == 0
                                ? "CREATE INDEX contract_a FOR " + NODE + " ON (n.entity_type)"
                                : "CREATE TEXT INDEX contract_b FOR " + NODE + " ON (n.description)");
        Random random = new Random(seed);
        int relationships = records / 3;
        int nodes = records - relationships;
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            rows.add(Map.of(
                    "id", i % 7 == 0 ? "TWIN" : AwkwardValues.anyText(random) + i,
                    "description", AwkwardValues.anyText(random),
                    "has_vector", random.nextBoolean(),
                    "rank", random.nextLong(),
                    "communityIds", List.of((long) i, (long) random.nextInt(9))));
        }
        List<Long> ids = client()
                .run(
                        "UNWIND $rows AS row CREATE (n:" + TestDatabase.LABEL + ":PERSON) SET n = row"
                                + " RETURN id(n)",
                        "rows",
                        rows)
                .stream()
                .map(row -> row.get(0).asLong())
                .toList();
        List<List<Object>> links = new ArrayList<>();
        for (int i = 0; i < relationships; i++) {
            links.add(List.of(
                    ids.get(random.nextInt(nodes)),
                    ids.get(i % 5 == 0 ? 0 : random.nextInt(nodes)),
                    Map.of(
                            "weight",
                            random.nextGaussian(),
                            "description",
                            AwkwardValues.anyText(random),
                            "order",
                            1L)));
        }
        client().run(
                        "UNWIND $rows AS row MATCH (a) WHERE id(a) = row[0] MATCH (b) WHERE id(b) = row[1]"
                                + " CREATE (a)-[r:RELATED]->(b) SET r = row[2]",
                        "rows",
                        links);
    }

    @Override
    public void change() {
        client().run("MATCH " + NODE + " WITH n LIMIT 1 SET n.rank = n.rank + 1");
    }

    @Override
    public Object contents() {
        return List.of(client().contents("n:" + TestDatabase.LABEL), client().schema());
    }

    @Override
    public void fillForeign() {
        client().run("CREATE (a:Foreign {id: 'TWIN', at: date('2020-02-29')})-[:RELATED {weight: 1}]->(b:Foreign)");
        client().run("CREATE INDEX foreign_index FOR (n:Foreign) ON (n.id)");
        client().run("CREATE INDEX foreign_type FOR ()-[r:RELATED]-() ON (r.weight)");
    }

    @Override
    public Object foreign() {
        return List.of(
                client().contents("NOT n:" + TestDatabase.LABEL),
                client().schema().stream()
                        .filter(text -> !text.contains(TestDatabase.LABEL))
                        .toList());
    }
}
