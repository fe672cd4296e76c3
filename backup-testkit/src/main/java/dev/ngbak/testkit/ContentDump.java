package dev.ngbak.testkit;

import dev.ngbak.spi.RecordVisitor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Everything that a visitor was shown, as sorted lines of text, without the numbers of nodes, which may change. */
public final class ContentDump implements RecordVisitor {

    private final List<String> lines = new ArrayList<>();
    private final Map<Long, String> nodes = new HashMap<>();
    private String collection;

    /** Returns one line for each record, sorted. */
    public List<String> lines() {
        return lines.stream().sorted().toList();
    }

    @Override
    public void node(long number, String id, Collection<String> labels, Map<String, Object> properties) {
        String line = "node " + id + " " + labels.stream().sorted().toList() + " " + text(properties);
        if (nodes.put(number, line) != null) {
            throw new AssertionError("two nodes have the number " + number);
        }
        lines.add(line);
    }

    @Override
    public void relationship(long from, long to, String type, Map<String, Object> properties) {
        lines.add(
                "relationship " + type + " " + text(properties) + " from " + nodes.get(from) + " to " + nodes.get(to));
    }

    @Override
    public void collection(String name, Map<String, Integer> dimensions) {
        collection = name;
    }

    @Override
    public void point(String id, Map<String, Object> payload, List<Vector> vectors) {
        StringBuilder line = new StringBuilder("point " + collection + " " + id + " " + text(payload));
        vectors.stream()
                .map(vector ->
                        " " + vector.name() + Arrays.toString(vector.values()) + Arrays.toString(vector.indices()))
                .sorted()
                .forEach(line::append);
        lines.add(line.toString());
    }

    @Override
    public void entry(String namespace, String key, byte[] value, long expires) {
        lines.add("entry " + namespace + " " + key + " "
                + (value == null ? null : new String(value, StandardCharsets.ISO_8859_1)) + " " + expires);
    }

    private static String text(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, String> sorted = new TreeMap<>();
            map.forEach((key, member) -> sorted.put(String.valueOf(key), text(member)));
            return sorted.toString();
        }
        if (value instanceof List<?> list) {
            return list.stream().map(ContentDump::text).toList().toString();
        }
        return value instanceof byte[] bytes ? Arrays.toString(bytes) : String.valueOf(value);
    }
}
