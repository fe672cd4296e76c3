package dev.ngbak.files;

import dev.ngbak.testkit.AwkwardValues;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Generates files as nano-graphrag writes them. */
final class SampleFiles {

    static final int DIMENSION = 5;

    private SampleFiles() {}

    static String kv(int members, Random random) {
        StringBuilder json = new StringBuilder("{");
        for (int i = 0; i < members; i++) {
            json.append(i == 0 ? "\n  " : ",\n  ")
                    .append(quoted("key-" + i + AwkwardValues.anyText(random)))
                    .append(": {\n    \"content\": ")
                    .append(quoted(AwkwardValues.anyText(random)))
                    .append(",\n    \"tokens\": ")
                    .append(random.nextBoolean() ? random.nextLong() : random.nextDouble())
                    .append(",\n    \"odd\": [NaN, -Infinity, null, true, [], {}, 1e400]\n  }");
        }
        return json.append(members == 0 ? "}" : "\n}").toString();
    }

    static String vectors(int rows, Random random) {
        StringBuilder data = new StringBuilder();
        ByteBuffer matrix = ByteBuffer.allocate(rows * DIMENSION * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < rows; i++) {
            data.append(i == 0 ? "" : ", ")
                    .append("{\"__id__\": ")
                    .append(quoted("ent-" + i))
                    .append(", \"entity_name\": ")
                    .append(quoted(AwkwardValues.anyText(random)))
                    .append("}");
            for (int j = 0; j < DIMENSION; j++) {
                matrix.putFloat((float) random.nextGaussian());
            }
        }
        return vectors(DIMENSION, data.toString(), matrix.array());
    }

    static String vectors(int dimension, String data, byte[] matrix) {
        return "{\"embedding_dim\": " + dimension + ", \"data\": [" + data + "], \"matrix\": \""
                + Base64.getEncoder().encodeToString(matrix) + "\"}";
    }

    static String graph(int records, Random random) {
        int nodes = (records + 1) / 2;
        StringBuilder xml = new StringBuilder(graphStart());
        for (int i = 0; i < nodes; i++) {
            xml.append("    <node id=\"")
                    .append(escaped("n" + i + AwkwardValues.text(random)))
                    .append("\">\n      <data key=\"d0\">")
                    .append(escaped(AwkwardValues.text(random)))
                    .append(
                            "</data>\n      <data key=\"d1\">[{\"level\": 0, \"cluster\": \"1\"}, {\"level\": 1, \"cluster\": \"")
                    .append(i % 7)
                    .append("\"}]</data>\n    </node>\n");
        }
        for (int i = nodes; i < records; i++) {
            xml.append("    <edge source=\"a")
                    .append(i)
                    .append("\" target=\"b\"><data key=\"d2\">")
                    .append(random.nextDouble())
                    .append("</data></edge>\n");
        }
        return xml.append(graphEnd()).toString();
    }

    static String graphStart() {
        return """
                <?xml version='1.0' encoding='utf-8'?>
                <graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
                  <key id="d2" for="edge" attr.name="weight" attr.type="double" />
                  <key id="d1" for="node" attr.name="clusters" attr.type="string" />
                  <key id="d0" for="node" attr.name="description" attr.type="string" />
                  <graph edgedefault="undirected">
                """;
    }

    static String graphEnd() {
        return "  </graph>\n</graphml>\n";
    }

    static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            switch (c) {
                case '"' -> json.append("\\\"");
                case '\\' -> json.append("\\\\");
                default -> json.append(c < 0x20 ? String.format("\\u%04x", (int) c) : String.valueOf(c));
            }
        }
        return json.append('"').toString();
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("\r", "&#13;");
    }

    static void write(Path folder, String name, String content) {
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve(name), content, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the content of all files below a folder by relative path, and an empty text for each folder. */
    static Map<String, String> tree(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return Map.of();
        }
        Map<String, String> tree = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.collect(Collectors.toList())) {
                String content = Files.isRegularFile(path) ? Files.readString(path, StandardCharsets.ISO_8859_1) : "";
                tree.put(folder.relativize(path).toString(), content);
            }
        }
        return tree;
    }

    static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> paths = Files.walk(folder)) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    static List<String> names(Path folder) throws IOException {
        try (Stream<Path> paths = Files.list(folder)) {
            return paths.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }
}
