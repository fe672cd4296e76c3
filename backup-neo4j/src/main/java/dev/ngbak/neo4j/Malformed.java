package dev.ngbak.neo4j;

import java.io.IOException;

/** A file that is not what its form says. The message goes on from its name: "has a point that is none". */
final class Malformed extends IOException {

    private static final long serialVersionUID = 1;

    Malformed(String message) {
        super(message);
    }
}
