package dev.ngbak.lightrag;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The content of a workspace in files, independent of the order of records. Does not use ngbak's readers. */
final class WorkspaceContent {

    private static final ObjectMapper JSON = new ObjectMapper();

    private WorkspaceContent() {}

    /** Returns the content of all files, without what a conversion leaves out or puts into another order. */
    static Map<String, Object> of(Path workspace) throws IOException {
        Map<String, Object> contents = new TreeMap<>();
        try (var list = Files.list(workspace)) {
            for (Path file : list.toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(".graphml")) {
                    contents.put(name, graph(file));
                } else {
                    JsonNode json = JSON.readTree(file.toFile());
                    contents.put(name, name.startsWith("vdb_") ? vectors(json) : json);
                }
            }
        }
        return contents;
    }

    private static Map<String, Object> vectors(JsonNode file) throws IOException {
        byte[] matrix = file.path("matrix").binaryValue();
        int size = 4 * file.path("embedding_dim").asInt();
        Map<String, Object> rows = new TreeMap<>();
        for (int i = 0; i < file.path("data").size(); i++) {
            var row = (com.fasterxml.jackson.databind.node.ObjectNode)
                    file.path("data").get(i);
            row.remove("__write_seq__");
            String bits = HexFormat.of().formatHex(matrix, i * size, (i + 1) * size);
            rows.put(row.path("__id__").asText(), List.of(row, bits));
        }
        return rows;
    }

    /** Returns nodes and edges, without the ids of keys. */
    private static Map<String, Object> graph(Path file) {
        try {
            Document xml = DocumentBuilderFactory.newDefaultInstance()
                    .newDocumentBuilder()
                    .parse(file.toFile());
            Map<String, String> keys = new TreeMap<>();
            for (Element key : elements(xml.getElementsByTagName("key"))) {
                keys.put(key.getAttribute("id"), key.getAttribute("attr.name") + " " + key.getAttribute("attr.type"));
            }
            Map<String, Object> content = new TreeMap<>();
            for (Element node : elements(xml.getElementsByTagName("node"))) {
                content.put("node " + node.getAttribute("id"), data(node, keys));
            }
            for (Element edge : elements(xml.getElementsByTagName("edge"))) {
                TreeSet<String> ends = new TreeSet<>();
                ends.add(edge.getAttribute("source"));
                ends.add(edge.getAttribute("target"));
                content.put("edge " + ends, data(edge, keys));
            }
            return content;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, String> data(Element element, Map<String, String> keys) {
        Map<String, String> data = new TreeMap<>();
        for (Element value : elements(element.getElementsByTagName("data"))) {
            data.put(keys.get(value.getAttribute("key")), value.getTextContent());
        }
        return data;
    }

    private static Iterable<Element> elements(NodeList list) {
        return () -> IntStream.range(0, list.getLength())
                .mapToObj(i -> (Element) list.item(i))
                .iterator();
    }
}
