package dev.ngbak.neo4j;

import dev.ngbak.spi.EntrySource;
import java.io.IOException;

/** The file of the graph in an archive, {@code graph/neo4j.dump}. */
final class GraphEntry {

    static final String NAME = "neo4j";
    static final String SUFFIX = ".dump";

    private boolean visited;

    private GraphEntry() {}

    /** Hands over the file, and checks that the archive contains no other. */
    static void read(EntrySource source, EntrySource.Visitor visitor) throws IOException {
        GraphEntry graph = new GraphEntry();
        source.forEach((entry, content) -> {
            if (!entry.name().equals(NAME) || graph.visited) {
                throw Neo4jErrors.corruptArchive(entry.path() + " does not belong to a Neo4j graph");
            }
            graph.visited = true;
            visitor.visit(entry, content);
        });
        if (!graph.visited) {
            throw Neo4jErrors.corruptArchive("The archive contains no file of the graph");
        }
    }
}
