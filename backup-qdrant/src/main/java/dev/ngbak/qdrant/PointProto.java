package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.qdrant.client.grpc.Common.PointId;
import io.qdrant.client.grpc.JsonWithInt.Value;
import io.qdrant.client.grpc.Points.MultiDenseVector;
import io.qdrant.client.grpc.Points.RetrievedPoint;
import io.qdrant.client.grpc.Points.SparseVector;
import io.qdrant.client.grpc.Points.VectorOutput;
import io.qdrant.client.grpc.Points.VectorsOutput;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Reads points in the protobuf form of the gRPC API. */
final class PointProto {

    private PointProto() {}

    /** Reports that the protobuf form does not contain a point with all its bits. */
    static final class UnreadableException extends Exception {
        private static final long serialVersionUID = 1;
    }

    /** Reads a point. The members of its payload are in any order. */
    static Point read(RetrievedPoint point) throws UnreadableException {
        Map<String, PointVector> vectors = new LinkedHashMap<>();
        VectorsOutput output = point.getVectors();
        switch (output.getVectorsOptionsCase()) {
            case VECTOR -> vectors.put("", vector(output.getVector()));
            case VECTORS -> {
                for (var named : output.getVectors().getVectorsMap().entrySet()) {
                    vectors.put(named.getKey(), vector(named.getValue()));
                }
            }
            case VECTORSOPTIONS_NOT_SET -> {}
        }
        ObjectNode payload = Json.object();
        for (var member : point.getPayloadMap().entrySet()) {
            payload.set(member.getKey(), json(member.getValue()));
        }
        return new Point(
                readId(point.getId()),
                vectors,
                payload,
                point.hasShardKey() ? Optional.of(ShardKey.ofProto(point.getShardKey())) : Optional.empty());
    }

    static String readId(PointId id) throws UnreadableException {
        return switch (id.getPointIdOptionsCase()) {
            case NUM -> Long.toUnsignedString(id.getNum());
            case UUID -> UUID.fromString(id.getUuid()).toString();
            case POINTIDOPTIONS_NOT_SET -> throw new UnreadableException();
        };
    }

    private static PointVector vector(VectorOutput vector) throws UnreadableException {
        return switch (vector.getVectorCase()) {
            case DENSE -> PointVector.dense(floats(vector.getDense().getDataList()));
            case SPARSE -> sparse(vector.getSparse());
            case MULTI_DENSE -> multi(vector.getMultiDense());
            // Older servers answer in a deprecated form.
            case VECTOR_NOT_SET -> throw new UnreadableException();
        };
    }

    private static PointVector sparse(SparseVector sparse) {
        int[] indices = new int[sparse.getIndicesCount()];
        for (int i = 0; i < indices.length; i++) {
            indices[i] = sparse.getIndices(i);
        }
        return PointVector.sparse(indices, floats(sparse.getValuesList()));
    }

    private static PointVector multi(MultiDenseVector multi) throws UnreadableException {
        int width = multi.getVectorsCount() == 0 ? 0 : multi.getVectors(0).getDataCount();
        float[] values = new float[multi.getVectorsCount() * width];
        for (int row = 0; row < multi.getVectorsCount(); row++) {
            float[] one = floats(multi.getVectors(row).getDataList());
            if (width == 0 || one.length != width) {
                throw new UnreadableException();
            }
            System.arraycopy(one, 0, values, row * width, width);
        }
        return PointVector.multi(width, values);
    }

    private static float[] floats(List<Float> list) {
        // This cast avoids an object for each value.
        var primitive = (com.google.protobuf.Internal.FloatList) list;
        float[] values = new float[list.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = primitive.getFloat(i);
        }
        return values;
    }

    private static JsonNode json(Value value) throws UnreadableException {
        var nodes = Json.MAPPER.getNodeFactory();
        return switch (value.getKindCase()) {
            case NULL_VALUE -> nodes.nullNode();
            case BOOL_VALUE -> nodes.booleanNode(value.getBoolValue());
            case INTEGER_VALUE -> nodes.numberNode(value.getIntegerValue());
            case DOUBLE_VALUE -> number(value.getDoubleValue());
            case STRING_VALUE -> nodes.textNode(value.getStringValue());
            case LIST_VALUE -> {
                ArrayNode list = nodes.arrayNode();
                for (Value each : value.getListValue().getValuesList()) {
                    list.add(json(each));
                }
                yield list;
            }
            case STRUCT_VALUE -> {
                ObjectNode object = nodes.objectNode();
                for (var member : value.getStructValue().getFieldsMap().entrySet()) {
                    object.set(member.getKey(), json(member.getValue()));
                }
                yield object;
            }
            case KIND_NOT_SET -> throw new UnreadableException();
        };
    }

    /**
     * Rejects a double in the range of the unsigned integers that gRPC returns as doubles, because it may be such an
     * integer.
     */
    private static JsonNode number(double value) throws UnreadableException {
        if (LargeNumbers.mayBeRounded(value)) {
            throw new UnreadableException();
        }
        return Json.MAPPER.getNodeFactory().numberNode(value);
    }
}
