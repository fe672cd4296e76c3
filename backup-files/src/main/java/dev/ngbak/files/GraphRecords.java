package dev.ngbak.files;

import dev.ngbak.files.GraphmlReader.TextSink;
import dev.ngbak.layout.RecordNames;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.StoredRecord;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads the GraphML that NetworkX writes: keys, and graphs of nodes and edges with their data. */
final class GraphRecords {

    private static final String ENTITIES = "entities";
    private static final String RELATIONSHIPS = "relationships";
    private static final String COMMUNITIES = "communities";

    private static final int MAX_KEYS = 10_000;

    /**
     * Limits the id and the attr.name of a key, which are held in memory. The attr.name is also hashed again with each
     * piece of data.
     */
    private static final int MAX_KEY_LENGTH = 1_000;

    /** Limits the ids and names of all keys together, in characters. */
    private static final int MAX_KEYS_LENGTH = 1 << 20;

    private final InputStream in;
    private final String file;
    private final RecordNames recordNames;
    private final RecordHandler records;
    private final Communities communities;
    private final Map<String, KeyName> keys = new HashMap<>();
    private int keysLength;
    private final MessageDigest canonical = ContentDigest.sha256();
    private final MessageDigest numbers = ContentDigest.sha256();
    private final CapturedValue value;
    private final Writer valueText;
    private GraphmlReader xml;

    /** The attr.name of a key, its UTF-8 bytes, which all data of the key share, and its attr.type. */
    record KeyName(String text, byte[] utf8, String type) {}

    GraphRecords(InputStream in, String file, RecordNames recordNames, RecordHandler records) {
        this.in = in;
        this.file = file;
        this.recordNames = recordNames;
        this.records = records;
        this.communities = new Communities(recordNames.cluster());
        this.value = new CapturedValue(records.detail());
        this.valueText = new OutputStreamWriter(value, StandardCharsets.UTF_8);
    }

    static void announceCounts(RecordHandler records) {
        records.count(ENTITIES, 0);
        records.count(RELATIONSHIPS, 0);
        records.count(COMMUNITIES, 0);
    }

    void read() throws IOException {
        xml = new GraphmlReader(in);
        while (xml.nextChild()) {
            switch (xml.name()) {
                case "key" -> readKey();
                case "graph" -> readGraph();
                default -> xml.skip();
            }
        }
        xml.end();
        records.count(COMMUNITIES, communities.distinct());
        communities.warning(file).ifPresent(records::warn);
    }

    private void readKey() throws IOException {
        String id = xml.required("id");
        String name = xml.optional("attr.name");
        String domain = xml.optional("for");
        String type = xml.optional("attr.type");
        keysLength += id.length() + name.length();
        if (id.length() > MAX_KEY_LENGTH || name.length() > MAX_KEY_LENGTH || keysLength > MAX_KEYS_LENGTH) {
            throw xml.malformed("the id or the name of a key is longer than " + MAX_KEY_LENGTH
                    + " characters, or those of all keys together are longer than " + MAX_KEYS_LENGTH);
        }
        KeyName keyName = new KeyName(name, name.getBytes(StandardCharsets.UTF_8), type);
        if (keys.size() == MAX_KEYS || keys.putIfAbsent(id, keyName) != null) {
            throw xml.malformed("it has more than " + MAX_KEYS + " keys, or the same key twice");
        }
        value.begin();
        boolean hasDefault = false;
        while (xml.nextChild()) {
            if (xml.name().equals("default")) {
                hasDefault = true;
                readText(valueText::write);
            } else {
                xml.skip();
            }
        }
        List<String> defaults =
                hasDefault ? List.of("the default of the attribute " + SafeText.quoted(name)) : List.of();
        records.add(new Element(
                null,
                'g',
                canonical -> {
                    ContentDigest.field(canonical, "key");
                    ContentDigest.field(canonical, domain);
                    ContentDigest.field(canonical, name);
                    ContentDigest.field(canonical, type);
                    canonical.update(value.digest());
                },
                visitor -> showOther(visitor, defaults)));
    }

    private void readGraph() throws IOException {
        String direction = xml.optional("edgedefault");
        Attributes attributes = new Attributes(records.detail());
        if (records.detail().hasContent()) {
            records.add(new OnlyShown(visitor -> visitor.graph(file, direction.equals("directed"))));
        }
        while (xml.nextChild()) {
            switch (xml.name()) {
                case "node" -> readNode();
                case "edge" -> readEdge();
                case "data" -> readData(attributes, null);
                case "hyperedge" -> throw xml.malformed("it has a <hyperedge>, which NetworkX cannot read");
                default -> xml.skip();
            }
        }
        List<String> names = attributes.values().keySet().stream()
                .map(name -> "the attribute " + SafeText.quoted(name) + " of the whole graph")
                .toList();
        records.add(new Element(
                null,
                'g',
                canonical -> {
                    ContentDigest.field(canonical, "graph");
                    ContentDigest.field(canonical, direction);
                    attributes.addTo(canonical);
                },
                visitor -> showOther(visitor, names)));
    }

    private static void showOther(RecordVisitor visitor, List<String> names) throws IOException {
        for (String name : names) {
            visitor.other(name);
        }
    }

    private void readNode() throws IOException {
        String id = xml.required("id");
        Attributes attributes = new Attributes(records.detail());
        communities.beginNode();
        readAttributes(attributes, recordNames.clusters().orElse(null));
        communities.endNode();
        records.add(new Element(
                ENTITIES,
                'n',
                canonical -> {
                    ContentDigest.field(canonical, id);
                    attributes.addTo(canonical);
                },
                visitor -> visitor.node(number(id), id, List.of(), attributes.values())));
    }

    private void readEdge() throws IOException {
        String source = xml.required("source");
        String target = xml.required("target");
        Attributes attributes = new Attributes(records.detail());
        readAttributes(attributes, null);
        records.add(new Element(
                RELATIONSHIPS,
                'e',
                canonical -> {
                    ContentDigest.field(canonical, source);
                    ContentDigest.field(canonical, target);
                    attributes.addTo(canonical);
                },
                visitor -> visitor.relationship(number(source), number(target), "", attributes.values())));
    }

    /** Returns a number for a node: 64 bits of a hash of its id, because the file does not number its nodes. */
    private long number(String id) {
        ContentDigest.field(numbers, file);
        return ByteBuffer.wrap(numbers.digest(id.getBytes(StandardCharsets.UTF_8)))
                .getLong();
    }

    private void readAttributes(Attributes attributes, String clusters) throws IOException {
        while (xml.nextChild()) {
            switch (xml.name()) {
                case "data" -> readData(attributes, clusters);
                case "graph" -> throw xml.malformed("it has a graph inside a node, which NetworkX does not write");
                default -> xml.skip();
            }
        }
    }

    private void readData(Attributes attributes, String clusters) throws IOException {
        String key = xml.required("key");
        KeyName name = keys.get(key);
        if (name == null) {
            throw xml.malformed(
                    "it has data for the key " + SafeText.quoted(key) + ", which is not declared before it");
        }
        if (attributes.size() == MAX_KEYS) {
            throw xml.malformed("a node or an edge has more than " + MAX_KEYS + " attributes");
        }
        boolean isClusters = name.text().equals(clusters);
        value.begin();
        readText((characters, offset, length) -> {
            valueText.write(characters, offset, length);
            if (isClusters) {
                communities.addText(characters, offset, length);
            }
        });
        attributes.add(name, value);
    }

    private void readText(TextSink sink) throws IOException {
        xml.text(sink);
        valueText.flush();
    }

    /** Adds the part of a record's canonical bytes that differs between kinds of elements. */
    private interface Canonical {
        void addTo(MessageDigest canonical);
    }

    /** Shows an element to a visitor. */
    private interface Content {
        void showTo(RecordVisitor visitor) throws IOException;
    }

    private final class Element implements StoredRecord {

        private final String countedAs;
        private final char tag;
        private final Canonical rest;
        private final Content content;

        Element(String countedAs, char tag, Canonical rest, Content content) {
            this.countedAs = countedAs;
            this.tag = tag;
            this.rest = rest;
            this.content = content;
        }

        @Override
        public String countedAs() {
            return countedAs;
        }

        @Override
        public byte[] digest() {
            canonical.update((byte) tag);
            ContentDigest.field(canonical, file);
            rest.addTo(canonical);
            return canonical.digest();
        }

        @Override
        public void show(RecordVisitor visitor) throws IOException {
            content.showTo(visitor);
        }
    }
}
