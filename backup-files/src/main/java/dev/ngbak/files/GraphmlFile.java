package dev.ngbak.files;

import dev.ngbak.files.FileWriting.RecordFile;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.support.DiskTable;
import dev.ngbak.spi.support.NodeTable;
import dev.ngbak.spi.support.SafeText;
import dev.ngbak.spi.support.TempFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.SequenceInputStream;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A GraphML file of an undirected graph, as NetworkX writes it. Its elements wait in a file of their own, because the keys of
 * all attributes stand before them.
 */
final class GraphmlFile implements RecordFile {

    private static final String HEAD = """
            <?xml version='1.0' encoding='utf-8'?>
            <graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"\
             xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns\
             http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
            """;

    /** As many as a reader accepts. */
    private static final int MAX_KEYS = 10_000;

    private final Spool spool;
    private final Writer xml;
    private final NodeTable nodes;
    private final DiskTable names;
    private final DiskTable pairs;
    private final Map<Key, String> keys = new LinkedHashMap<>();

    private record Key(String domain, String name, String type) {}

    GraphmlFile(TempFiles temporary) throws IOException {
        spool = new Spool(temporary);
        xml = new OutputStreamWriter(spool.out(), StandardCharsets.UTF_8);
        nodes = new NodeTable(temporary);
        names = new DiskTable(temporary);
        pairs = new DiskTable(temporary);
    }

    void addNode(long number, String id, Map<String, Object> properties) throws IOException {
        String record = "The node " + SafeText.quoted(String.valueOf(id));
        if (id == null) {
            throw FileWriting.refused("A node has no name");
        }
        ByteBuffer hash = ByteBuffer.wrap(ContentDigest.sha256().digest(id.getBytes(StandardCharsets.UTF_8)));
        if (names.putIfAbsent(hash.getLong(), hash.getLong(), 0) != DiskTable.ABSENT || nodes.add(number, id) < 0) {
            throw FileWriting.refused("There are two nodes with the name " + SafeText.quoted(id)
                    + ", but a graph in a file has one node for each name");
        }
        xml.write("    <node id=\"");
        escape(xml, id, true, record);
        end("node", properties, record);
    }

    void addEdge(long from, long to, Map<String, Object> properties) throws IOException {
        long first = nodes.position(from);
        long second = nodes.position(to);
        if (first < 0 || second < 0) {
            throw FileWriting.refused("A relationship ends at a node that does not come before it");
        }
        String record = "The relationship between " + SafeText.quoted(nodes.name(first)) + " and "
                + SafeText.quoted(nodes.name(second));
        if (pairs.putIfAbsent(Math.min(first, second), Math.max(first, second), 0) != DiskTable.ABSENT) {
            throw FileWriting.refused(record + " is not the only one of these nodes, but a graph in a file has one"
                    + " relationship, without direction, for each pair of nodes");
        }
        xml.write("    <edge source=\"");
        escape(xml, nodes.name(first), true, record);
        xml.write("\" target=\"");
        escape(xml, nodes.name(second), true, record);
        end("edge", properties, record);
    }

    private void end(String element, Map<String, Object> properties, String record) throws IOException {
        if (properties.isEmpty()) {
            xml.write("\" />\n");
            return;
        }
        xml.write("\">\n");
        for (var property : properties.entrySet()) {
            String type = type(property.getValue());
            if (type == null) {
                throw FileWriting.refused(record + " has the property " + SafeText.quoted(property.getKey())
                        + ", whose value is not a text, a number or a boolean: "
                        + SafeText.forMessage(String.valueOf(property.getValue())));
            }
            String key = keys.computeIfAbsent(new Key(element, property.getKey(), type), any -> "d" + keys.size());
            if (keys.size() > MAX_KEYS) {
                throw FileWriting.refused("Its nodes and relationships have more than " + MAX_KEYS + " properties");
            }
            xml.write("      <data key=\"" + key + "\">");
            escape(xml, text(property.getValue()), false, record);
            xml.write("</data>\n");
        }
        xml.write("    </" + element + ">\n");
    }

    private static String type(Object value) {
        if (value instanceof String) {
            return "string";
        }
        if (value instanceof Boolean) {
            return "boolean";
        }
        return value instanceof Long ? "long" : value instanceof Double ? "double" : null;
    }

    /** Python spells values that are not finite in lower case, and reads all other numbers as Java does. */
    private static String text(Object value) {
        if (value instanceof Double number && !Double.isFinite(number)) {
            return Double.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }
        return value.toString();
    }

    /** Line ends are written as references, because a parser would change them. */
    private static void escape(Writer xml, String text, boolean attribute, String record) throws IOException {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> xml.write("&amp;");
                case '<' -> xml.write("&lt;");
                case '>' -> xml.write("&gt;");
                case '"' -> xml.write(attribute ? "&quot;" : "\"");
                case '\r' -> xml.write("&#13;");
                case '\n' -> xml.write(attribute ? "&#10;" : "\n");
                case '\t' -> xml.write(attribute ? "&#09;" : "\t");
                default -> {
                    if (!isXml(text, i)) {
                        throw FileWriting.refused(record + " contains the character U+"
                                + String.format(Locale.ROOT, "%04X", (int) c) + ", which XML cannot hold");
                    }
                    xml.write(c);
                }
            }
        }
    }

    private static boolean isXml(String text, int at) {
        char c = text.charAt(at);
        if (Character.isHighSurrogate(c)) {
            return at + 1 < text.length() && Character.isLowSurrogate(text.charAt(at + 1));
        }
        if (Character.isLowSurrogate(c)) {
            return at > 0 && Character.isHighSurrogate(text.charAt(at - 1));
        }
        return c >= ' ' && c != 0xfffe && c != 0xffff;
    }

    @Override
    public InputStream content() throws IOException {
        xml.flush();
        StringWriter head = new StringWriter();
        head.append(HEAD);
        for (var key : keys.entrySet()) {
            head.append("  <key id=\"").append(key.getValue());
            head.append("\" for=\"").append(key.getKey().domain()).append("\" attr.name=\"");
            escape(head, key.getKey().name(), true, "The name of a property");
            head.append("\" attr.type=\"").append(key.getKey().type()).append("\" />\n");
        }
        head.append("  <graph edgedefault=\"undirected\">\n");
        return new SequenceInputStream(Collections.enumeration(
                List.of(bytes(head.toString()), spool.in(), bytes("  </graph>\n</graphml>\n"))));
    }

    private static InputStream bytes(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() throws IOException {
        try (nodes;
                names;
                pairs) {
            spool.close();
        }
    }
}
