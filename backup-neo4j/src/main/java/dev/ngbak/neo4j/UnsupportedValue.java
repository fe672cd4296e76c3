package dev.ngbak.neo4j;

/** A value of a type that the form does not have. */
final class UnsupportedValue extends RuntimeException {

    private static final long serialVersionUID = 1;

    UnsupportedValue(Object value) {
        super(value == null ? "null" : value.getClass().getSimpleName());
    }
}
