package dev.ngbak.files;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Asks a restored working folder what only a whole one can answer: entities are sampled with their stored vectors from
 * the folder as it was, and must be found again by them in the folder as it is, with their place in the graph and the
 * text that they came from. So it goes once through all three stores and the references between them. It reads whole
 * files into memory, and is meant for samples of some megabytes.
 */
public final class SampleQuery {

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build());

    private static final int EXCERPT = 80;

    private final List<Entity> sample;

    private record Entity(String name, float[] vector, List<String> chunkIds) {}

    private record Row(String name, float[] vector) {}

    private record Found(Row row, double score) {}

    /** Of each node, its {@code source_id} and how many edges it has. */
    private record Graph(Map<String, String> sources, Map<String, Long> degrees) {}

    /**
     * What a folder answered for one entity.
     *
     * @param entity its name as stored
     * @param score the cosine of its stored vector with that of its row
     * @param second the name of the row that comes next, or an empty text where there is no other
     * @param secondScore the cosine of that one
     * @param chunkId a chunk that the entity was found in
     * @param chunkText how that chunk begins
     * @param relationships how many relationships the entity has
     */
    public record Answer(
            String entity,
            double score,
            String second,
            double secondScore,
            String chunkId,
            String chunkText,
            long relationships) {}

    private SampleQuery(List<Entity> sample) {
        this.sample = List.copyOf(sample);
    }

    /**
     * Takes a sample of a folder's entities, spread evenly over those that have a node with a source.
     *
     * @throws BackupException {@code INVALID} when there is none
     */
    public static SampleQuery take(Path workingDir, int size) throws IOException {
        Graph graph = graph(workingDir);
        List<Row> rows = entities(workingDir).stream()
                .filter(row -> !graph.sources().getOrDefault(row.name(), "").isEmpty())
                .toList();
        if (rows.isEmpty()) {
            throw new BackupException(
                    Kind.INVALID,
                    "There is no entity in the sample that has a vector, a node and a source",
                    "Take another working folder");
        }
        int taken = Math.min(size, rows.size());
        List<Entity> sample = new ArrayList<>();
        for (int i = 0; i < taken; i++) {
            Row row = rows.get((int) ((long) i * rows.size() / taken));
            List<String> chunkIds = List.of(graph.sources().get(row.name()).split("<SEP>"));
            sample.add(new Entity(row.name(), row.vector(), chunkIds));
        }
        return new SampleQuery(sample);
    }

    /** The names of the sampled entities. */
    public List<String> entities() {
        return sample.stream().map(Entity::name).toList();
    }

    /**
     * Asks a folder for each entity of the sample.
     *
     * @throws BackupException {@code INTERNAL} for the first that is not answered as it must be, saying how
     */
    public List<Answer> answer(Path workingDir) throws IOException {
        List<Row> rows = entities(workingDir);
        Graph graph = graph(workingDir);
        JsonNode chunks = JSON.readTree(
                workingDir.resolve(FileKind.JSON.fileName("text_chunks")).toFile());
        List<Answer> answers = new ArrayList<>();
        for (Entity entity : sample) {
            answers.add(answer(entity, rows, graph, chunks));
        }
        return answers;
    }

    private static Answer answer(Entity entity, List<Row> rows, Graph graph, JsonNode chunks) {
        Found best = new Found(new Row("", new float[0]), Double.NEGATIVE_INFINITY);
        Found second = best;
        for (Row row : rows) {
            Found found = new Found(row, cosine(entity.vector(), row.vector()));
            if (found.score() > best.score()) {
                second = best;
                best = found;
            } else if (found.score() > second.score()) {
                second = found;
            }
        }
        require(
                best.row().name().equals(entity.name()) && best.score() > second.score(),
                "the stored vector of " + entity.name() + " finds " + best.row().name() + " first (" + best.score()
                        + "), then " + second.row().name() + " (" + second.score() + ")");
        require(graph.sources().containsKey(entity.name()), entity.name() + " has no node in the graph");
        for (String chunkId : entity.chunkIds()) {
            require(
                    chunks.path(chunkId).path("content").isTextual(),
                    "the chunk " + chunkId + ", from which " + entity.name() + " comes, is not in text_chunks");
        }
        String chunkId = entity.chunkIds().get(0);
        return new Answer(
                entity.name(),
                best.score(),
                second.row().name(),
                second.score(),
                chunkId,
                excerpt(chunks.path(chunkId).path("content").asText()),
                graph.degrees().getOrDefault(entity.name(), 0L));
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new BackupException(
                    Kind.INTERNAL, "The sample query failed: " + Malformed.shown(otherwise), "Do not use this state");
        }
    }

    private static double cosine(float[] one, float[] other) {
        double product = 0;
        double oneSquare = 0;
        double otherSquare = 0;
        for (int i = 0; i < Math.min(one.length, other.length); i++) {
            product += (double) one[i] * other[i];
            oneSquare += (double) one[i] * one[i];
            otherSquare += (double) other[i] * other[i];
        }
        return one.length == other.length ? product / Math.sqrt(oneSquare * otherSquare) : Double.NEGATIVE_INFINITY;
    }

    private static String excerpt(String text) {
        String line = text.strip().replaceAll("\\s+", " ");
        int length = line.codePointCount(0, line.length());
        return length <= EXCERPT ? line : line.substring(0, line.offsetByCodePoints(0, EXCERPT)) + "…";
    }

    private static List<Row> entities(Path workingDir) throws IOException {
        JsonNode storage = JSON.readTree(find(workingDir).toFile());
        int dimension = storage.path("embedding_dim").asInt();
        ByteBuffer matrix = ByteBuffer.wrap(
                        Base64.getDecoder().decode(storage.path("matrix").asText()))
                .order(ByteOrder.LITTLE_ENDIAN);
        List<Row> rows = new ArrayList<>();
        for (JsonNode row : storage.path("data")) {
            float[] vector = new float[dimension];
            for (int i = 0; i < dimension; i++) {
                vector[i] = matrix.getFloat();
            }
            rows.add(new Row(row.path("entity_name").asText(), vector));
        }
        return rows;
    }

    /** The entities' vectors: upstream calls the collection {@code entities}, others put a prefix in front of that. */
    private static Path find(Path workingDir) throws IOException {
        try (Stream<Path> children = Files.list(workingDir)) {
            return children.filter(child -> {
                        String name = FileKind.NANO.nameIn(child.getFileName().toString());
                        return name != null && (name.equals("entities") || name.endsWith("_entities"));
                    })
                    .sorted()
                    .findFirst()
                    .orElseThrow(() -> new BackupException(
                            Kind.INVALID,
                            "There is no vdb_entities.json in the working folder to ask",
                            "Take another working folder"));
        }
    }

    private static Graph graph(Path workingDir) throws IOException {
        Graph graph = new Graph(new HashMap<>(), new HashMap<>());
        for (Path file : new WorkingFolder(workingDir).list(FileKind.NETWORKX).files()) {
            try (InputStream in = Files.newInputStream(file)) {
                read(GraphRecords.reader(in), graph);
            } catch (XMLStreamException e) {
                throw new IOException(e);
            }
        }
        return graph;
    }

    private static void read(XMLStreamReader xml, Graph graph) throws XMLStreamException {
        Map<String, String> keys = new HashMap<>();
        String node = "";
        while (xml.hasNext()) {
            if (xml.next() != XMLStreamConstants.START_ELEMENT) {
                continue;
            }
            switch (xml.getLocalName()) {
                case "key" -> keys.put(xml.getAttributeValue(null, "id"), xml.getAttributeValue(null, "attr.name"));
                case "node" -> {
                    node = xml.getAttributeValue(null, "id");
                    graph.sources().put(node, "");
                }
                case "data" -> {
                    if (Objects.equals(keys.get(xml.getAttributeValue(null, "key")), "source_id")) {
                        graph.sources().replace(node, "", xml.getElementText());
                    }
                }
                case "edge" -> {
                    // What follows are the edge's own data.
                    node = "";
                    graph.degrees().merge(xml.getAttributeValue(null, "source"), 1L, Long::sum);
                    graph.degrees().merge(xml.getAttributeValue(null, "target"), 1L, Long::sum);
                }
                default -> {
                    // nothing else matters here
                }
            }
        }
    }
}
