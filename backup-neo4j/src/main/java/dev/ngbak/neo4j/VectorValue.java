package dev.ngbak.neo4j;

import dev.ngbak.spi.support.MalformedContentException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.neo4j.driver.Values;
import org.neo4j.driver.types.Float32Vector;
import org.neo4j.driver.types.Float64Vector;
import org.neo4j.driver.types.Int16Vector;
import org.neo4j.driver.types.Int32Vector;
import org.neo4j.driver.types.Int64Vector;
import org.neo4j.driver.types.Int8Vector;
import org.neo4j.driver.types.Vector;

/**
 * A value of Neo4j's type {@code VECTOR}, as an archive and the canonical bytes contain it.
 *
 * @param type the type of its elements
 * @param data the elements one after the other, big-endian, with all their bits
 */
record VectorValue(ElementType type, byte[] data) {

    /** The types of elements, by the names that Cypher gives them. */
    enum ElementType {
        INTEGER8(Byte.BYTES),
        INTEGER16(Short.BYTES),
        INTEGER32(Integer.BYTES),
        INTEGER64(Long.BYTES),
        FLOAT32(Float.BYTES),
        FLOAT64(Double.BYTES);

        private final int bytes;

        ElementType(int bytes) {
            this.bytes = bytes;
        }

        private ByteBuffer buffer(int elements) {
            return ByteBuffer.allocate(elements * bytes);
        }
    }

    static VectorValue of(Vector vector) {
        if (vector instanceof Int8Vector bytes) {
            return new VectorValue(ElementType.INTEGER8, bytes.toArray());
        }
        if (vector instanceof Int16Vector shorts) {
            short[] elements = shorts.toArray();
            ByteBuffer data = ElementType.INTEGER16.buffer(elements.length);
            data.asShortBuffer().put(elements);
            return new VectorValue(ElementType.INTEGER16, data.array());
        }
        if (vector instanceof Int32Vector ints) {
            int[] elements = ints.toArray();
            ByteBuffer data = ElementType.INTEGER32.buffer(elements.length);
            data.asIntBuffer().put(elements);
            return new VectorValue(ElementType.INTEGER32, data.array());
        }
        if (vector instanceof Int64Vector longs) {
            long[] elements = longs.toArray();
            ByteBuffer data = ElementType.INTEGER64.buffer(elements.length);
            data.asLongBuffer().put(elements);
            return new VectorValue(ElementType.INTEGER64, data.array());
        }
        if (vector instanceof Float32Vector floats) {
            float[] elements = floats.toArray();
            ByteBuffer data = ElementType.FLOAT32.buffer(elements.length);
            data.asFloatBuffer().put(elements);
            return new VectorValue(ElementType.FLOAT32, data.array());
        }
        if (vector instanceof Float64Vector doubles) {
            double[] elements = doubles.toArray();
            ByteBuffer data = ElementType.FLOAT64.buffer(elements.length);
            data.asDoubleBuffer().put(elements);
            return new VectorValue(ElementType.FLOAT64, data.array());
        }
        throw Neo4jErrors.unsupportedValue(vector);
    }

    /** @throws MalformedContentException for an unknown type, or data that does not consist of whole elements */
    static VectorValue of(String type, byte[] data) throws MalformedContentException {
        ElementType found = Arrays.stream(ElementType.values())
                .filter(known -> known.name().equals(type))
                .findFirst()
                .orElseThrow(() -> new MalformedContentException("contains a vector of an unknown type"));
        if (data.length == 0 || data.length % found.bytes != 0) {
            throw new MalformedContentException("contains an invalid vector");
        }
        return new VectorValue(found, data);
    }

    /** Returns the driver's form. */
    Vector vector() {
        ByteBuffer source = ByteBuffer.wrap(data);
        int length = data.length / type.bytes;
        return switch (type) {
            case INTEGER8 -> Values.vector(data).asVector();
            case INTEGER16 -> {
                short[] shorts = new short[length];
                source.asShortBuffer().get(shorts);
                yield Values.vector(shorts).asVector();
            }
            case INTEGER32 -> {
                int[] ints = new int[length];
                source.asIntBuffer().get(ints);
                yield Values.vector(ints).asVector();
            }
            case INTEGER64 -> {
                long[] longs = new long[length];
                source.asLongBuffer().get(longs);
                yield Values.vector(longs).asVector();
            }
            case FLOAT32 -> {
                float[] floats = new float[length];
                source.asFloatBuffer().get(floats);
                yield Values.vector(floats).asVector();
            }
            case FLOAT64 -> {
                double[] doubles = new double[length];
                source.asDoubleBuffer().get(doubles);
                yield Values.vector(doubles).asVector();
            }
        };
    }
}
