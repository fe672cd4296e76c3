package dev.ngbak.qdrant;

/**
 * A vector of a point. Keeps the exact bits of its values.
 *
 * @param width the length of a row of a multivector, or -1 for any other vector
 * @param indices the unsigned indices of a sparse vector, or {@code null} for any other vector
 * @param values the values; those of a multivector row after row
 */
record PointVector(int width, int[] indices, float[] values) {

    static PointVector dense(float[] values) {
        return new PointVector(-1, null, values);
    }

    static PointVector sparse(int[] indices, float[] values) {
        return new PointVector(-1, indices, values);
    }

    static PointVector multi(int width, float[] values) {
        return new PointVector(width, null, values);
    }

    boolean isSparse() {
        return indices != null;
    }

    boolean isMulti() {
        return width >= 0;
    }
}
