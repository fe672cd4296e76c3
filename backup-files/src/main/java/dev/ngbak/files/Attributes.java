package dev.ngbak.files;

import dev.ngbak.files.GraphRecords.KeyName;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.RecordHandler.Detail;
import dev.ngbak.spi.RecordVisitor;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The data of one node, edge or graph: the digests of its texts, or the values, as a record handler requires. */
final class Attributes {

    private static final Comparator<Attribute> CANONICAL_ORDER = Comparator.comparing(
                    Attribute::name, Arrays::compareUnsigned)
            .thenComparing(Attribute::textDigest, Arrays::compareUnsigned);

    private record Attribute(byte[] name, byte[] textDigest) {}

    private final Detail detail;
    private final List<Attribute> digests;
    private final Map<String, Object> values;
    private long textBytes;
    private int size;

    Attributes(Detail detail) {
        this.detail = detail;
        this.digests = detail.hasDigests() ? new ArrayList<>() : List.of();
        this.values = detail.hasContent() ? new LinkedHashMap<>() : Map.of();
    }

    void add(KeyName name, CapturedValue value) {
        size++;
        if (detail.hasDigests()) {
            digests.add(new Attribute(name.utf8(), value.digest()));
        }
        if (detail.hasContent()) {
            values.put(name.text(), shown(name, value));
        }
    }

    private Object shown(KeyName name, CapturedValue value) {
        byte[] bytes = value.bytes().orElse(null);
        if (bytes == null || textBytes + bytes.length > RecordVisitor.MAX_LENGTH) {
            return RecordVisitor.TOO_LONG;
        }
        textBytes += bytes.length;
        return typed(name.type(), new String(bytes, StandardCharsets.UTF_8));
    }

    /** Returns a value as NetworkX reads it; the text itself if it does not belong to the type. */
    private static Object typed(String type, String text) {
        try {
            return switch (type) {
                case "int", "integer", "long" -> integer(text);
                case "float", "double" -> number(text);
                case "boolean" ->
                    switch (text) {
                        case "true", "True", "1" -> true;
                        case "false", "False", "0" -> false;
                        default -> text;
                    };
                default -> text;
            };
        } catch (NumberFormatException e) {
            return text;
        }
    }

    private static Object integer(String text) {
        BigInteger number = new BigInteger(text.strip());
        return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
    }

    /** Python writes the values that are not finite in lower case. */
    private static double number(String text) {
        return switch (text) {
            case "nan" -> Double.NaN;
            case "inf" -> Double.POSITIVE_INFINITY;
            case "-inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }

    int size() {
        return size;
    }

    /** Adds the digests to canonical bytes, in an order that does not depend on the file. */
    void addTo(MessageDigest canonical) {
        digests.sort(CANONICAL_ORDER);
        ContentDigest.number(canonical, digests.size());
        for (Attribute attribute : digests) {
            ContentDigest.field(canonical, attribute.name());
            canonical.update(attribute.textDigest());
        }
    }

    /** Returns the values by name, each of the type that its key declares. */
    Map<String, Object> values() {
        return values;
    }
}
