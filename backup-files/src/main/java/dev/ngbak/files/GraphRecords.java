package dev.ngbak.files;

import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.RecordVisitor;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PushbackReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.xml.XMLConstants;
import javax.xml.stream.Location;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Reads the GraphML that networkx writes: keys, graphs, and in them nodes and edges with their data. Texts pass in
 * pieces and are not held, whatever their length; a document type declaration is refused, and with it everything that
 * XML can be made to fetch or to unfold.
 */
final class GraphRecords {

    /** The names of the three counts of a graph. */
    static final String ENTITIES = "entities";

    static final String RELATIONSHIPS = "relationships";
    static final String COMMUNITIES = "communities";

    private static final String NESTED = "it has a graph inside a node, which networkx does not write";
    private static final int BYTE_ORDER_MARK = 0xfeff;
    private static final int MOST_KEYS = 10_000;

    /** For the id and the attr.name of a key, which are kept; every piece of data is hashed together with the latter. */
    private static final int LONGEST_KEY = 1_000;

    /** For all ids and names of keys together, in characters. */
    private static final int LONGEST_KEYS = 1 << 20;

    private static final XMLInputFactory FACTORY = factory();

    private final String file;
    private final Tally tally;
    private final CountedInput in;
    private final Map<String, Name> names = new HashMap<>();
    private int keyCharacters;
    private final Communities communities = new Communities();
    private final MessageDigest element;
    private final TextDigest text;
    private final Held shown;
    private XMLStreamReader xml;
    private String namespace;
    private long nodes;
    private long edges;

    /** The attr.name of a key, and its UTF-8 bytes, which all data of that key share. */
    private record Name(String text, byte[] bytes) {}

    private GraphRecords(InputStream in, String file, Tally tally) {
        this.file = file;
        this.tally = tally;
        this.in = new CountedInput(in);
        this.element = tally.sha256();
        this.shown = tally.visitor() == null ? null : new Held();
        this.text = new TextDigest(shown == null ? tally.sha256() : shown);
    }

    static void read(InputStream in, String file, Tally tally) throws IOException {
        new GraphRecords(in, file, tally).read();
    }

    /**
     * A reader that fetches nothing and unfolds nothing. The JDK's own decoder writes its complaints to the console before
     * it throws them, so the text is decoded here.
     */
    static XMLStreamReader reader(InputStream in) throws XMLStreamException, IOException {
        PushbackReader text = new PushbackReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()));
        int first = text.read();
        if (first != BYTE_ORDER_MARK && first >= 0) {
            text.unread(first);
        }
        // A factory makes no promise to several threads.
        synchronized (FACTORY) {
            return FACTORY.createXMLStreamReader(text);
        }
    }

    private static XMLInputFactory factory() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, false);
        factory.setProperty(XMLConstants.ACCESS_EXTERNAL_DTD, "");
        factory.setXMLResolver((publicId, systemId, base, namespace) -> {
            throw new XMLStreamException("it refers to something outside itself");
        });
        // What networkx writes is flat and has few and short names; only its texts are long. 0 means no limit.
        Map<String, Integer> limits = Map.of(
                "maxElementDepth", 64,
                "elementAttributeLimit", 64,
                "maxXMLNameLimit", 1000,
                "entityExpansionLimit", 1,
                "totalEntitySizeLimit", 0,
                "maxGeneralEntitySizeLimit", 0);
        limits.forEach((name, limit) -> factory.setProperty("jdk.xml." + name, limit));
        return factory;
    }

    private void read() throws IOException {
        try {
            xml = reader(in);
            checkEncoding(xml.getCharacterEncodingScheme());
            for (int event = xml.getEventType(); event != XMLStreamConstants.END_DOCUMENT; event = next()) {
                if (event == XMLStreamConstants.START_ELEMENT) {
                    document();
                }
            }
            xml.close();
        } catch (XMLStreamException e) {
            throw malformed(e);
        } catch (CharacterCodingException e) {
            throw malformed("it is not UTF-8", null);
        } catch (IndexOutOfBoundsException | NullPointerException | ClassCastException e) {
            // The JDK's reader is known to stumble over some broken documents instead of refusing them.
            throw malformed("the XML cannot be read", null);
        }
        tally.records(nodes + edges);
        tally.count(ENTITIES, nodes);
        tally.count(RELATIONSHIPS, edges);
        tally.count(COMMUNITIES, communities.distinct());
        communities.warning(file).ifPresent(tally::warn);
    }

    private static void checkEncoding(String declared) throws Malformed {
        if (declared != null && !declared.equalsIgnoreCase("UTF-8") && !declared.equalsIgnoreCase("US-ASCII")) {
            throw malformed("it is in " + Malformed.shown(declared) + ", not in UTF-8", null);
        }
    }

    private void document() throws XMLStreamException, IOException {
        if (!xml.getLocalName().equals("graphml")) {
            throw malformed("its root is <" + Malformed.shown(xml.getLocalName()) + ">, not <graphml>");
        }
        namespace = xml.getNamespaceURI();
        while (nextChild()) {
            switch (name()) {
                case "key" -> key();
                case "graph" -> graph();
                default -> skip();
            }
        }
    }

    private void key() throws XMLStreamException, IOException {
        String id = required("id");
        String name = attribute("attr.name", "");
        keyCharacters += id.length() + name.length();
        if (id.length() > LONGEST_KEY || name.length() > LONGEST_KEY || keyCharacters > LONGEST_KEYS) {
            throw malformed("the ids and names of its keys are longer than " + LONGEST_KEY
                    + " characters each, or than " + LONGEST_KEYS + " together");
        }
        Name known = new Name(name, name.getBytes(StandardCharsets.UTF_8));
        if (names.size() == MOST_KEYS || names.putIfAbsent(id, known) != null) {
            throw malformed("it has more than " + MOST_KEYS + " keys, or one of them twice");
        }
        MessageDigest record = begin(element, 'g');
        ContentDigest.field(record, "key");
        ContentDigest.field(record, attribute("for", ""));
        ContentDigest.field(record, name);
        ContentDigest.field(record, attribute("attr.type", ""));
        text.begin(null);
        while (nextChild()) {
            if (name().equals("default")) {
                text();
            } else {
                skip();
            }
        }
        record.update(text.digest());
        tally.add(record);
    }

    private void graph() throws XMLStreamException, IOException {
        MessageDigest record = begin(tally.sha256(), 'g');
        ContentDigest.field(record, "graph");
        ContentDigest.field(record, attribute("edgedefault", ""));
        Attributes attributes = new Attributes();
        while (nextChild()) {
            switch (name()) {
                case "node" -> node();
                case "edge" -> edge();
                case "data" -> data(attributes, null);
                case "hyperedge" -> throw malformed("it has a <hyperedge>, which networkx cannot read");
                default -> skip();
            }
        }
        attributes.addTo(record);
        tally.add(record);
    }

    private void node() throws XMLStreamException, IOException {
        nodes++;
        if (shown != null) {
            String id = required("id");
            tally.visitor().node(number(id), id, List.of(), shownAttributes());
            return;
        }
        MessageDigest record = begin(element, 'n');
        ContentDigest.field(record, required("id"));
        communities.begin();
        attributes(communities).addTo(record);
        communities.end();
        tally.add(record);
    }

    private void edge() throws XMLStreamException, IOException {
        edges++;
        if (shown != null) {
            long from = number(required("source"));
            long to = number(required("target"));
            tally.visitor().relationship(from, to, "", shownAttributes());
            return;
        }
        MessageDigest record = begin(element, 'e');
        ContentDigest.field(record, required("source"));
        ContentDigest.field(record, required("target"));
        attributes(null).addTo(record);
        tally.add(record);
    }

    /** Nodes have no numbers here; that of an id is some bits of its hash. */
    private long number(String id) {
        MessageDigest hash = ContentDigest.sha256();
        ContentDigest.field(hash, file);
        return ByteBuffer.wrap(hash.digest(id.getBytes(StandardCharsets.UTF_8))).getLong();
    }

    private Map<String, Object> shownAttributes() throws XMLStreamException, IOException {
        Map<String, Object> attributes = new LinkedHashMap<>();
        long shownBytes = 0;
        while (nextChild()) {
            switch (name()) {
                case "data" -> {
                    String name = dataName().text();
                    text.begin(null);
                    text();
                    byte[] bytes = shown.take();
                    if (bytes != null
                            && attributes.size() < MOST_KEYS
                            && shownBytes + bytes.length <= RecordVisitor.MAX_LENGTH) {
                        shownBytes += bytes.length;
                        attributes.put(name, new String(bytes, StandardCharsets.UTF_8));
                    }
                }
                case "graph" -> throw malformed(NESTED);
                default -> skip();
            }
        }
        return attributes;
    }

    private Attributes attributes(Communities captured) throws XMLStreamException, IOException {
        Attributes attributes = new Attributes();
        while (nextChild()) {
            switch (name()) {
                case "data" -> data(attributes, captured);
                case "graph" -> throw malformed(NESTED);
                default -> skip();
            }
        }
        return attributes;
    }

    private void data(Attributes attributes, Communities captured) throws XMLStreamException, IOException {
        Name name = dataName();
        if (attributes.size() == MOST_KEYS) {
            throw malformed("a node or an edge has more than " + MOST_KEYS + " attributes");
        }
        text.begin(name.text().equals("clusters") ? captured : null);
        text();
        attributes.add(name.bytes(), text.digest());
    }

    private Name dataName() throws Malformed {
        String key = required("key");
        Name name = names.get(key);
        if (name == null) {
            throw malformed(
                    "it has data for the key \"" + Malformed.shown(key) + "\", which is not declared before it");
        }
        return name;
    }

    /** Reads the text of the element at hand to its end, with that of elements in it. */
    private void text() throws XMLStreamException, IOException {
        int depth = 1;
        while (depth > 0) {
            switch (next()) {
                case XMLStreamConstants.START_ELEMENT -> depth++;
                case XMLStreamConstants.END_ELEMENT -> depth--;
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE ->
                    text.add(xml.getTextCharacters(), xml.getTextStart(), xml.getTextLength());
                default -> {
                    // comments and processing instructions are no text
                }
            }
        }
    }

    private void skip() throws XMLStreamException, IOException {
        int depth = 1;
        while (depth > 0) {
            int event = next();
            if (event == XMLStreamConstants.START_ELEMENT) {
                depth++;
            } else if (event == XMLStreamConstants.END_ELEMENT) {
                depth--;
            }
        }
    }

    /** Goes to the next element in the element at hand, or to its end. */
    private boolean nextChild() throws XMLStreamException, IOException {
        while (true) {
            int event = next();
            if (event == XMLStreamConstants.START_ELEMENT || event == XMLStreamConstants.END_ELEMENT) {
                return event == XMLStreamConstants.START_ELEMENT;
            }
        }
    }

    private int next() throws XMLStreamException, IOException {
        in.restart();
        int event = xml.next();
        if (event == XMLStreamConstants.DTD) {
            throw malformed("it has a document type declaration (<!DOCTYPE>), which GraphML does not need"
                    + " and which can make a reader fetch files or fill its memory");
        }
        if (event == XMLStreamConstants.ENTITY_REFERENCE) {
            throw malformed("it has a reference to an entity that is not declared");
        }
        return event;
    }

    private MessageDigest begin(MessageDigest record, char tag) {
        record.update((byte) tag);
        ContentDigest.field(record, file);
        return record;
    }

    /** The name of the element at hand, or an empty one for a stranger from another namespace. */
    private String name() {
        return Objects.equals(namespace, xml.getNamespaceURI()) ? xml.getLocalName() : "";
    }

    private String required(String name) throws Malformed {
        String value = xml.getAttributeValue(null, name);
        if (value == null) {
            throw malformed("a <" + xml.getLocalName() + "> has no " + name);
        }
        return value;
    }

    private String attribute(String name, String otherwise) {
        return Objects.requireNonNullElse(xml.getAttributeValue(null, name), otherwise);
    }

    private Malformed malformed(XMLStreamException e) {
        if (e.getNestedException() instanceof Malformed malformed) {
            return malformed;
        }
        if (e.getNestedException() instanceof CharacterCodingException) {
            return malformed("it is not UTF-8", e.getLocation());
        }
        // The JDK puts the place in front of its message, in lines of its own.
        String message = String.valueOf(e.getMessage());
        int start = message.indexOf("Message: ");
        String why = start < 0 ? message : message.substring(start + "Message: ".length());
        return malformed(Malformed.shown(why.strip()), e.getLocation());
    }

    private Malformed malformed(String why) {
        return malformed(why, xml.getLocation());
    }

    private static Malformed malformed(String why, Location where) {
        String place = where == null || where.getLineNumber() < 0 ? "" : " at line " + where.getLineNumber();
        return new Malformed("is not valid GraphML" + place + ": " + why);
    }
}
