package dev.ngbak.lightrag;

import dev.ngbak.spi.RecordVisitor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Collects records as texts, in which every value has its type and every float its bits. */
final class RecordTexts implements RecordVisitor {

    private final boolean directed;
    private final Map<Long, String> nodes = new HashMap<>();
    private final List<String> texts = new ArrayList<>();
    private String collection;

    RecordTexts(boolean directed) {
        this.directed = directed;
    }

    List<String> sorted() {
        return texts.stream().sorted().toList();
    }

    @Override
    public void node(long number, String id, Collection<String> labels, Map<String, Object> properties) {
        nodes.put(number, id);
        texts.add("node " + id + " " + labels + text(properties));
    }

    @Override
    public void relationship(long from, long to, String type, Map<String, Object> properties) {
        Stream<String> ends = Stream.of(String.valueOf(nodes.get(from)), String.valueOf(nodes.get(to)));
        texts.add("relationship " + (directed ? ends : ends.sorted()).toList() + type + text(properties));
    }

    @Override
    public void collection(String name, Map<String, Integer> dimensions) {
        collection = name + dimensions;
    }

    @Override
    public void point(String id, Map<String, Object> payload, List<Vector> vectors) {
        StringBuilder text = new StringBuilder("point " + collection + id + text(payload));
        for (Vector vector : vectors) {
            text.append(vector.name());
            for (float value : vector.values()) {
                text.append(' ').append(Float.floatToRawIntBits(value));
            }
        }
        texts.add(text.toString());
    }

    @Override
    public void entry(String namespace, String key, byte[] value, long expires) {
        texts.add("entry " + namespace + ":" + key + " " + new String(value, StandardCharsets.UTF_8) + " " + expires);
    }

    private static String text(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, String> sorted = new TreeMap<>();
            map.forEach((name, member) -> sorted.put(String.valueOf(name), text(member)));
            return sorted.toString();
        }
        if (value instanceof List<?> list) {
            return list.stream().map(RecordTexts::text).toList().toString();
        }
        if (value instanceof Double number) {
            return "double " + Double.doubleToLongBits(number);
        }
        return value instanceof Integer || value instanceof Long
                ? "integer " + value
                : (value == null ? "null" : value.getClass().getSimpleName() + " " + value);
    }
}
