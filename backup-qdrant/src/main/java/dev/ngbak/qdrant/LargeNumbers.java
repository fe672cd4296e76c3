package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.function.Predicate;

/**
 * Finds integers from 2^63 on in payloads. Wherever Qdrant passes a point on through gRPC, also between the nodes of a cluster, it
 * turns such an integer into a double, which may have another value.
 */
final class LargeNumbers {

    private static final double MIN = 0x1p63;
    private static final double MAX = 0x1p64;

    private LargeNumbers() {}

    /** Returns whether a double may have been an integer. */
    static boolean mayBeRounded(double value) {
        return value >= MIN && value <= MAX;
    }

    /** Returns whether a value contains a double that may have been an integer. */
    static boolean areRoundedIn(JsonNode value) {
        return contains(value, number -> number.isFloatingPointNumber() && mayBeRounded(number.doubleValue()));
    }

    /** Returns whether a value contains an integer that would be turned into a double. */
    static boolean areIntegersIn(JsonNode value) {
        return contains(value, number -> number.isIntegralNumber() && mayBeRounded(number.doubleValue()));
    }

    /** Returns whether a value contains a number that another node would return in another form, or has returned so. */
    static boolean areIn(JsonNode value) {
        return contains(value, number -> mayBeRounded(number.doubleValue()));
    }

    private static boolean contains(JsonNode value, Predicate<JsonNode> wanted) {
        if (value.isNumber()) {
            return wanted.test(value);
        }
        for (JsonNode child : value) {
            if (contains(child, wanted)) {
                return true;
            }
        }
        return false;
    }
}
