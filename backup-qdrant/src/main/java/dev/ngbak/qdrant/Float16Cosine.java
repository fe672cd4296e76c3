package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Prepares vectors of datatype {@code float16} and distance {@code Cosine} for writing. The server normalises such a vector and
 * rounds it, so its stored length is not exactly 1. Writing the stored values again would normalise and round them once more,
 * and change some. This class therefore writes values of length 1 that round to the stored ones.
 */
final class Float16Cosine {

    /**
     * The maximum share of the way to the next number. It leaves room for the rounding to 32 bits, and is so close to 1 that the
     * server takes the length for 1: it tolerates a difference of one millionth of the square.
     */
    private static final double MAX_SHARE = 0.9993;

    private static final int MANTISSA_BITS = 10;
    private static final int MIN_EXPONENT = -14;

    private final Set<String> names = new HashSet<>();

    /** @param collection the collection whose points will be written */
    Float16Cosine(CollectionDefinition collection) {
        collection.denseVectors().forEach((name, params) -> {
            if (is(params, "datatype", "float16") && is(params, "distance", "Cosine")) {
                names.add(name);
            }
        });
    }

    private static boolean is(JsonNode params, String member, String value) {
        return params.path(member).asText().equals(value);
    }

    /** Returns a point that the server will store as the given one. */
    Point forWriting(Point point) {
        if (names.isEmpty()) {
            return point;
        }
        Map<String, PointVector> vectors = new LinkedHashMap<>();
        point.vectors()
                .forEach((name, vector) -> vectors.put(name, names.contains(name) ? forWriting(vector) : vector));
        return new Point(point.id(), vectors, point.payload());
    }

    private static PointVector forWriting(PointVector vector) {
        float[] values = vector.values().clone();
        int width = vector.isMulti() ? vector.width() : values.length;
        for (int from = 0; width > 0 && from + width <= values.length; from += width) {
            makeUnit(values, from, from + width);
        }
        return vector.isMulti() ? PointVector.multi(width, values) : PointVector.dense(values);
    }

    /**
     * Moves each value by the same share of the way to the nearest number that rounds differently, so that the length becomes 1.
     * There is such a share, because the stored values are the rounded ones of a vector of that length.
     */
    private static void makeUnit(float[] values, int from, int to) {
        double square = 0;
        for (int i = from; i < to; i++) {
            square += (double) values[i] * values[i];
        }
        boolean isLonger = square < 1;
        // The squared length after moving by a share s is square + 2 * s * product + s * s * moves.
        double product = 0;
        double moves = 0;
        for (int i = from; i < to; i++) {
            double move = move(values[i], isLonger);
            product += values[i] * move;
            moves += move * move;
        }
        double root = Math.sqrt(product * product - moves * (square - 1));
        double share = (1 - square) / (product + Math.copySign(root, product));
        if (!(share >= 0 && share < 1.01)) {
            return; // Not a normalised vector, such as a zero vector.
        }
        share = Math.min(share, MAX_SHARE);
        for (int i = from; i < to; i++) {
            values[i] = (float) (values[i] + share * move(values[i], isLonger));
        }
    }

    /** Returns the way from a value to the nearest number farther from zero, or nearer to it, that rounds differently. */
    private static double move(float value, boolean isLonger) {
        if (value == 0) {
            return value; // The direction would be arbitrary. This keeps the sign of the zero.
        }
        int exponent = Math.max(Math.getExponent(value), MIN_EXPONENT);
        double half = Math.scalb(0.5, exponent - MANTISSA_BITS);
        // Below a power of two, the numbers are twice as dense.
        boolean isPower = Math.abs(value) == Math.scalb(1f, exponent) && exponent > MIN_EXPONENT;
        double length = isLonger ? half : isPower ? -half / 2 : -half;
        return Math.copySign(1, value) * length;
    }
}
