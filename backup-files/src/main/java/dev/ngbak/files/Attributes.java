package dev.ngbak.files;

import dev.ngbak.spi.ContentDigest;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** The data of one node, edge or graph: names and the digests of their texts. */
final class Attributes {

    private static final Comparator<Attribute> BY_BYTES = Comparator.comparing(Attribute::name, Arrays::compareUnsigned)
            .thenComparing(Attribute::text, Arrays::compareUnsigned);

    private record Attribute(byte[] name, byte[] text) {}

    private final List<Attribute> attributes = new ArrayList<>();

    /** @param name in UTF-8; kept, and not copied */
    void add(byte[] name, byte[] textDigest) {
        attributes.add(new Attribute(name, textDigest));
    }

    int size() {
        return attributes.size();
    }

    /** Adds them to a record in an order that does not depend on that of the file. */
    void addTo(MessageDigest record) {
        attributes.sort(BY_BYTES);
        ContentDigest.number(record, attributes.size());
        for (Attribute attribute : attributes) {
            ContentDigest.field(record, attribute.name());
            record.update(attribute.text());
        }
    }
}
