package dev.ngbak.layout;

/**
 * Scales vectors to the length 1, as vector stores do that compare by cosine. A vector whose length a store takes for 1 stays as
 * it is, bit by bit.
 */
final class UnitVector {

    /** Below Qdrant's tolerance of 1e-6, because a server adds up the squares with 32 bits. */
    private static final double TOLERANCE = 5e-7;

    private UnitVector() {}

    /** Returns the vector itself if it has the length 1 or 0, and otherwise a new one. */
    static float[] of(float[] vector) {
        double square = 0;
        for (float value : vector) {
            square += (double) value * value;
        }
        if (square < Math.ulp(1f) || Math.abs(square - 1) <= TOLERANCE || !Double.isFinite(square)) {
            return vector;
        }
        double length = Math.sqrt(square);
        float[] unit = new float[vector.length];
        for (int i = 0; i < vector.length; i++) {
            unit[i] = (float) (vector[i] / length);
        }
        return unit;
    }
}
