package dev.ngbak.files;

import dev.ngbak.files.GraphRecords.KeyName;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.RecordHandler.Detail;
import dev.ngbak.spi.RecordVisitor;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The data of one node, edge or graph: the digests of its texts, or the texts, as a record handler requires. */
final class Attributes {

    private static final Comparator<Attribute> CANONICAL_ORDER = Comparator.comparing(
                    Attribute::name, Arrays::compareUnsigned)
            .thenComparing(Attribute::textDigest, Arrays::compareUnsigned);

    private record Attribute(byte[] name, byte[] textDigest) {}

    private final Detail detail;
    private final List<Attribute> digests;
    private final Map<String, Object> texts;
    private long textBytes;
    private int size;

    Attributes(Detail detail) {
        this.detail = detail;
        this.digests = detail == Detail.DIGESTS ? new ArrayList<>() : List.of();
        this.texts = detail == Detail.CONTENT ? new LinkedHashMap<>() : Map.of();
    }

    void add(KeyName name, CapturedValue value) {
        size++;
        switch (detail) {
            case COUNTS -> {}
            case DIGESTS -> digests.add(new Attribute(name.utf8(), value.digest()));
            case CONTENT ->
                value.bytes()
                        .filter(bytes -> textBytes + bytes.length <= RecordVisitor.MAX_LENGTH)
                        .ifPresent(bytes -> {
                            textBytes += bytes.length;
                            texts.put(name.text(), new String(bytes, StandardCharsets.UTF_8));
                        });
        }
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

    /** Returns the texts, without those that are too long to be shown. */
    Map<String, Object> texts() {
        return texts;
    }
}
