package dev.ngbak.files;

import dev.ngbak.files.FileWriting.RecordFiles;
import dev.ngbak.spi.RecordVisitor;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;

/** Writes nodes and relationships to one file for each graph. */
final class GraphmlVisitor implements RecordVisitor {

    private final RecordFiles<GraphmlFile> files;
    private GraphmlFile file;

    GraphmlVisitor(RecordFiles<GraphmlFile> files) {
        this.files = files;
    }

    @Override
    public void graph(String name, boolean directed) throws IOException {
        if (directed) {
            throw FileWriting.refused("NetworkX would read a directed graph");
        }
        file = files.get(name);
    }

    @Override
    public void node(long number, String id, Collection<String> labels, Map<String, Object> properties)
            throws IOException {
        file.addNode(number, id, properties);
    }

    @Override
    public void relationship(long from, long to, String type, Map<String, Object> properties) throws IOException {
        file.addEdge(from, to, properties);
    }
}
