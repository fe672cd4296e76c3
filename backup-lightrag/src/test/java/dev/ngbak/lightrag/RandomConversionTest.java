package dev.ngbak.lightrag;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.RecordVisitor.Vector;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.support.PythonJson;
import dev.ngbak.testkit.AwkwardValues;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Converts random values of all types that both stores can hold, and expects each of them back. */
class RandomConversionTest {

    private static final int RECORDS = 200;

    @ParameterizedTest
    @CsvSource({
        "lightrag, GRAPH, networkx, neo4j",
        "lightrag, GRAPH, neo4j, networkx",
        "lightrag, VECTOR, nano, qdrant",
        "lightrag, VECTOR, qdrant, nano",
        "lightrag, KV, json, redis",
        "lightrag, KV, redis, json",
        "nano-graphrag, GRAPH, networkx, neo4j",
        "nano-graphrag, GRAPH, neo4j, networkx",
        "nano-graphrag, VECTOR, nano, qdrant",
        "nano-graphrag, VECTOR, qdrant, nano",
        "nano-graphrag, KV, json, redis",
        "nano-graphrag, KV, redis, json"
    })
    void everyValueComesBackAndIsDigestedAsAnExportWould(String system, Role role, String from, String to)
            throws IOException {
        boolean server = Set.of("neo4j", "qdrant", "redis").contains(from);
        for (int seed = 0; seed < 2; seed++) {
            long seeded = seed;
            Conversion.Result result = new Conversion(system, role, from, to)
                    .run(visitor -> fill(
                            new SystemStore(visitor, system.equals("lightrag"), server), role, new Random(seeded)));

            assertThat(result.written()).hasSizeGreaterThanOrEqualTo(RECORDS).isEqualTo(result.expected());
            assertThat(result.losses()).isEmpty();
            assertThat(result.readSummary()).isEqualTo(result.summary());
        }
    }

    private static void fill(SystemStore store, Role role, Random random) throws IOException {
        switch (role) {
            case GRAPH -> {
                store.graph();
                for (int i = 0; i < RECORDS; i++) {
                    store.node(i * 31L - 7, i + AwkwardValues.text(random), properties(random));
                }
                for (int i = 1; i < RECORDS; i++) {
                    int other = random.nextInt(i);
                    store.relationship(i * 31L - 7, other * 31L - 7, properties(random));
                }
            }
            case VECTOR -> {
                store.collection();
                for (int i = 0; i < RECORDS; i++) {
                    double angle = random.nextDouble() * 6;
                    Vector vector = SystemStore.vector((float) Math.cos(angle), (float) Math.sin(angle));
                    store.point(Map.of("more", payload(random, 3)), vector);
                }
            }
            case KV -> {
                for (int i = 0; i < RECORDS; i++) {
                    store.entry(i + AwkwardValues.text(random), json(random, 4));
                }
            }
        }
    }

    private static Map<String, Object> properties(Random random) {
        Map<String, Object> properties = new LinkedHashMap<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            // The name decides about the type of an attribute only together with the value.
            properties.put("p" + random.nextInt(4) + "&<", scalar(random));
        }
        return properties;
    }

    private static Object scalar(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> random.nextLong();
            case 1 -> Double.longBitsToDouble(random.nextLong());
            case 2 -> random.nextBoolean();
            case 3 -> random.nextGaussian();
            default -> AwkwardValues.text(random);
        };
    }

    private static Object payload(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 6 : 4)) {
            case 0 -> random.nextLong();
            case 1 -> random.nextGaussian();
            case 2 -> random.nextBoolean();
            case 3 -> AwkwardValues.anyText(random);
            case 4 -> List.of(payload(random, depth - 1), payload(random, depth - 1));
            default -> Map.of(AwkwardValues.anyText(random), payload(random, depth - 1));
        };
    }

    private static String json(Random random, int depth) throws IOException {
        return switch (random.nextInt(depth > 0 ? 7 : 5)) {
            case 0 -> Long.toString(random.nextLong());
            case 1 -> random.nextInt() + "." + random.nextInt(1_000_000) + "e-" + random.nextInt(500);
            case 2 -> List.of("true", "false", "null", "NaN", "-Infinity").get(random.nextInt(5));
            case 3, 4 -> string(AwkwardValues.anyText(random), random.nextBoolean());
            case 5 -> "[ " + json(random, depth - 1) + ",\n" + json(random, depth - 1) + "]";
            default ->
                "{" + string(AwkwardValues.anyText(random), random.nextBoolean()) + ":" + json(random, depth - 1) + "}";
        };
    }

    private static String string(String text, boolean ascii) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PythonJson.string(text, ascii, out);
        return out.toString(StandardCharsets.UTF_8);
    }
}
