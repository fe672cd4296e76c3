package dev.ngbak.lightrag;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The nodes and edges of a GraphML file, independent of their order and of the ids of keys. Does not use ngbak's reader. */
final class GraphmlContent {

    private GraphmlContent() {}

    static Map<String, Object> of(Path file) {
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
        return () -> java.util.stream.IntStream.range(0, list.getLength())
                .mapToObj(i -> (Element) list.item(i))
                .iterator();
    }
}
