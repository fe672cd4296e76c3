package dev.ngbak.qdrant;

import java.io.IOException;

/** Receives collections one after the other, each with its points. */
interface PointReceiver {

    void begin(CollectionDefinition collection) throws IOException;

    void add(Point point) throws IOException;

    /** Ends the current collection. */
    void end() throws IOException;
}
