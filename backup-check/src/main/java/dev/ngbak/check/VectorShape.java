package dev.ngbak.check;

import dev.ngbak.spi.RecordVisitor.Vector;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether a vector has the form that its collection requires. */
final class VectorShape {

    private VectorShape() {}

    /**
     * Returns what is wrong with a vector.
     *
     * @param size the size of the collection's vectors with this name, or {@code null} if it has none
     */
    static Optional<String> problem(Vector vector, @Nullable Integer size) {
        int length = vector.values().length;
        if (vector.indices() != null) {
            return vector.indices().length == length && areAscending(vector.indices())
                    ? Optional.empty()
                    : Optional.of("a sparse vector whose indices do not ascend or do not match its values");
        }
        // A multivector is a sequence of vectors.
        return size == null || size > 0 && length > 0 && length % size == 0
                ? Optional.empty()
                : Optional.of("a vector of " + length + " numbers instead of " + size);
    }

    private static boolean areAscending(int[] indices) {
        for (int i = 1; i < indices.length; i++) {
            if (Integer.compareUnsigned(indices[i - 1], indices[i]) >= 0) {
                return false;
            }
        }
        return true;
    }
}
