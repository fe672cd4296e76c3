package dev.ngbak.check;

import dev.ngbak.check.IdTable.Column;
import dev.ngbak.check.IdTable.Flag;
import dev.ngbak.spi.support.TempFiles;
import java.io.IOException;

/** The facts that the check collects about each record, by its id. */
final class Tables implements AutoCloseable {

    /** The record itself was visited. */
    static final Flag EXISTS = Flag.A;
    /** The graph refers to it: a community to a report, or a relationship to a node's number. */
    static final Flag IN_GRAPH = Flag.B;
    /** A report refers to it. */
    static final Flag REPORTED = Flag.C;
    /** It has a vector. */
    static final Flag HAS_VECTOR = Flag.D;
    /** The type of the node is known. */
    static final Flag TYPED = Flag.E;
    /** A document has a status, or an entity or a relationship a list of its chunks. */
    static final Flag LISTED = Flag.F;

    /** The number of a document's chunks. */
    static final Column CHUNK_COUNT = Column.FIRST;
    /** The sum of the mixed indices of a document's chunks. */
    static final Column INDEX_SUM = Column.SECOND;
    /** The hash of the id of a chunk's document, or 0. */
    static final Column DOCUMENT = Column.FIRST;
    /** The number of nodes with a name. */
    static final Column NODE_COUNT = Column.FIRST;
    /** The offset of the name of the first record that refers to a chunk, a node or a report. */
    static final Column REPORTED_BY = Column.SECOND;
    /** The offset of the node's name, if a node has this number. */
    static final Column NAME = Column.FIRST;
    /** The other end of the number's first relationship, if no node has this number. */
    static final Column OTHER_END = Column.FIRST;
    /** The count of the number's relationships, if no node has this number. */
    static final Column RELATIONSHIP_COUNT = Column.SECOND;

    private final IdTable.Names names;
    private final IdTable documents;
    private final IdTable chunks;
    private final IdTable reports;
    private final IdTable nodes;
    private final IdTable numbers;
    private final IdTable relationships;

    Tables(TempFiles files) throws IOException {
        names = new IdTable.Names(files);
        documents = new IdTable(files, names);
        chunks = new IdTable(files, names);
        reports = new IdTable(files, names);
        nodes = new IdTable(files, names);
        numbers = new IdTable(files, names);
        relationships = new IdTable(files, names);
    }

    IdTable.Names names() {
        return names;
    }

    IdTable documents() {
        return documents;
    }

    IdTable chunks() {
        return chunks;
    }

    IdTable reports() {
        return reports;
    }

    /** Returns the nodes by their names. */
    IdTable nodes() {
        return nodes;
    }

    /** Returns the nodes by their numbers. */
    IdTable numbers() {
        return numbers;
    }

    /** Returns the relationships by their keys. */
    IdTable relationships() {
        return relationships;
    }

    @Override
    public void close() throws IOException {
        documents.close();
        chunks.close();
        reports.close();
        nodes.close();
        numbers.close();
        relationships.close();
        names.close();
    }
}
