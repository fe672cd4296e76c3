package dev.ngbak.qdrant;

/**
 * One vector of a point, to the bit.
 *
 * @param width the length of a row of a multivector; -1 for all others
 * @param indices of a sparse vector, unsigned; {@code null} for all others
 */
record Vector(int width, int[] indices, float[] values) {

    static Vector dense(float[] values) {
        return new Vector(-1, null, values);
    }

    static Vector sparse(int[] indices, float[] values) {
        return new Vector(-1, indices, values);
    }

    /** A multivector, row after row. */
    static Vector rows(int width, float[] values) {
        return new Vector(width, null, values);
    }

    boolean isSparse() {
        return indices != null;
    }

    boolean isMulti() {
        return width >= 0;
    }
}
