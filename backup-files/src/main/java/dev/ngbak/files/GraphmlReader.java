package dev.ngbak.files;

import dev.ngbak.spi.support.MalformedContentException;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PushbackReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import javax.xml.XMLConstants;
import javax.xml.stream.Location;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Walks the elements of an XML document in constant memory. It rejects a document type declaration, and with it everything
 * that makes a parser fetch files or expand entities. Every method that reads throws {@link MalformedContentException}.
 */
final class GraphmlReader {

    /** Receives a piece of a text. */
    @FunctionalInterface
    interface TextSink {
        void accept(char[] characters, int offset, int length) throws IOException;
    }

    private static final int BYTE_ORDER_MARK = 0xfeff;

    private static final XMLInputFactory FACTORY = factory();

    private final XmlEventLimit in;
    private final XMLStreamReader xml;
    private final String namespace;

    /** Opens a document and moves to its root. */
    GraphmlReader(InputStream in) throws IOException {
        this.in = new XmlEventLimit(in);
        try {
            this.xml = reader(this.in);
        } catch (XMLStreamException e) {
            throw malformed(e);
        } catch (CharacterCodingException e) {
            throw malformed("it is not UTF-8", null);
        }
        checkEncoding(xml.getCharacterEncodingScheme());
        while (next() != XMLStreamConstants.START_ELEMENT) {
            // Skips comments and processing instructions.
        }
        if (!xml.getLocalName().equals("graphml")) {
            throw malformed("its root is <" + SafeText.forMessage(xml.getLocalName()) + ">, not <graphml>");
        }
        this.namespace = xml.getNamespaceURI();
    }

    /**
     * Returns a reader that fetches nothing and expands nothing. The JDK's own decoder prints its errors to the console before
     * it throws them, so the text is decoded here.
     */
    static XMLStreamReader reader(InputStream in) throws XMLStreamException, IOException {
        PushbackReader text = new PushbackReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()));
        int first = text.read();
        if (first != BYTE_ORDER_MARK && first >= 0) {
            text.unread(first);
        }
        // A factory is not guaranteed to be thread-safe.
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
            throw new XMLStreamException("it refers to another document");
        });
        // NetworkX writes flat documents with few and short names; only texts are long. 0 means no limit.
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

    private static void checkEncoding(String declared) throws MalformedContentException {
        if (declared != null && !declared.equalsIgnoreCase("UTF-8") && !declared.equalsIgnoreCase("US-ASCII")) {
            throw malformed("it is encoded in " + SafeText.forMessage(declared) + ", not in UTF-8", null);
        }
    }

    /** Moves to the next element inside the current one. Returns false at the end of the current one. */
    boolean nextChild() throws IOException {
        while (true) {
            int event = next();
            if (event == XMLStreamConstants.START_ELEMENT || event == XMLStreamConstants.END_ELEMENT) {
                return event == XMLStreamConstants.START_ELEMENT;
            }
        }
    }

    /** Returns the name of the current element, or an empty text if it is not in the namespace of GraphML. */
    String name() {
        return Objects.equals(namespace, xml.getNamespaceURI()) ? xml.getLocalName() : "";
    }

    /** Returns the value of an attribute of the current element. */
    String required(String attribute) throws MalformedContentException {
        String value = xml.getAttributeValue(null, attribute);
        if (value == null) {
            throw malformed("a <" + xml.getLocalName() + "> has no " + attribute);
        }
        return value;
    }

    /** Returns the value of an attribute of the current element, or an empty text. */
    String optional(String attribute) {
        return Objects.requireNonNullElse(xml.getAttributeValue(null, attribute), "");
    }

    /** Reads the text of the current element and of all elements inside it, up to its end. */
    void text(TextSink text) throws IOException {
        int depth = 1;
        while (depth > 0) {
            switch (next()) {
                case XMLStreamConstants.START_ELEMENT -> depth++;
                case XMLStreamConstants.END_ELEMENT -> depth--;
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE ->
                    text.accept(xml.getTextCharacters(), xml.getTextStart(), xml.getTextLength());
                default -> {
                    // Skips comments and processing instructions.
                }
            }
        }
    }

    /** Skips the current element. */
    void skip() throws IOException {
        text((characters, offset, length) -> {});
    }

    /** Checks that the document ends after the root. */
    void end() throws IOException {
        while (next() != XMLStreamConstants.END_DOCUMENT) {
            // Skips comments and processing instructions.
        }
    }

    private int next() throws IOException {
        int event;
        in.restart();
        try {
            event = xml.next();
        } catch (XMLStreamException e) {
            throw malformed(e);
        } catch (IndexOutOfBoundsException | NullPointerException | ClassCastException e) {
            // The JDK's parser fails on some malformed documents instead of rejecting them.
            throw malformed("the XML cannot be parsed", null);
        }
        if (event == XMLStreamConstants.DTD) {
            throw malformed("it has a document type declaration (<!DOCTYPE>), which GraphML does not need"
                    + " and which can make a parser fetch files or exhaust memory");
        }
        if (event == XMLStreamConstants.ENTITY_REFERENCE) {
            throw malformed("it refers to an entity that is not declared");
        }
        return event;
    }

    private static MalformedContentException malformed(XMLStreamException e) {
        if (e.getNestedException() instanceof MalformedContentException malformed) {
            return malformed;
        }
        if (e.getNestedException() instanceof CharacterCodingException) {
            return malformed("it is not UTF-8", e.getLocation());
        }
        // The JDK puts the location into lines before its message.
        String message = String.valueOf(e.getMessage());
        int start = message.indexOf("Message: ");
        String why = start < 0 ? message : message.substring(start + "Message: ".length());
        return malformed(SafeText.forMessage(why.strip()), e.getLocation());
    }

    /** Returns an exception for the current location. */
    MalformedContentException malformed(String why) {
        return malformed(why, xml.getLocation());
    }

    private static MalformedContentException malformed(String why, Location location) {
        String line = location == null || location.getLineNumber() < 0 ? "" : " at line " + location.getLineNumber();
        return new MalformedContentException("is not valid GraphML" + line + ": " + why);
    }
}
