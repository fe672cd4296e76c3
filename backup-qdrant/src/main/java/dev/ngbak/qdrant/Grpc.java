package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.Codec;
import io.grpc.DecompressorRegistry;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.qdrant.client.QdrantGrpcClient;
import io.qdrant.client.WithPayloadSelectorFactory;
import io.qdrant.client.WithVectorsSelectorFactory;
import io.qdrant.client.grpc.Collections.CollectionClusterInfoRequest;
import io.qdrant.client.grpc.Common.PointId;
import io.qdrant.client.grpc.JsonWithInt.Value;
import io.qdrant.client.grpc.Points.MultiDenseVector;
import io.qdrant.client.grpc.Points.RetrievedPoint;
import io.qdrant.client.grpc.Points.ScrollPoints;
import io.qdrant.client.grpc.Points.ScrollResponse;
import io.qdrant.client.grpc.Points.SparseVector;
import io.qdrant.client.grpc.Points.VectorOutput;
import io.qdrant.client.grpc.Points.VectorsOutput;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Reads points by gRPC, for digests, since that is several times faster than REST. It loses the order of a payload's members
 * and integers from 2^63 on: the first matters to an archive only, the second shows and is left to REST, as is everything
 * that does not work here, whatever the reason. So it never fails, and never says anything else than REST.
 */
final class Grpc implements AutoCloseable {

    private static final int MOST_BYTES = 16 << 20;
    private static final Duration GREETING = Duration.ofSeconds(10);
    private static final double FIRST_LOST = 0x1p63;
    private static final double LAST_LOST = 0x1p64;

    private final QdrantSettings settings;
    private final Patience patience;
    private ManagedChannel channel;
    private boolean closed;

    Grpc(QdrantSettings settings, Patience patience) {
        this.settings = settings;
        this.patience = patience;
    }

    /** What cannot be read here, or not to the bit. */
    private static final class Unfit extends Exception {
        private static final long serialVersionUID = 1;
    }

    /**
     * Some points, by ascending id.
     *
     * @param next where the next page begins, or {@code null} at the end
     */
    record Page(List<Point> points, String next) {}

    /**
     * Begins to read a collection.
     *
     * @param peer what REST says of the server's identity: another Qdrant may listen at the port of the settings
     * @return {@code null} when REST has to do it
     */
    Reading open(Definition collection, int limit, long peer) {
        QdrantGrpcClient client = client();
        if (client == null) {
            return null;
        }
        try {
            long ours = await(client.collections()
                            .withDeadlineAfter(GREETING.toMillis(), TimeUnit.MILLISECONDS)
                            .collectionClusterInfo(CollectionClusterInfoRequest.newBuilder()
                                    .setCollectionName(collection.name())
                                    .build()))
                    .getPeerId();
            if (ours == peer) {
                return new Reading(client, collection.name(), limit);
            }
        } catch (Unfit e) {
            // What did not answer once is not waited for again.
        }
        close();
        return null;
    }

    private synchronized QdrantGrpcClient client() {
        if (closed || settings.grpcPort() == 0) {
            return null;
        }
        boolean tls = settings.url().getScheme().toLowerCase(Locale.ROOT).equals("https");
        if (channel == null) {
            var builder = ManagedChannelBuilder.forAddress(settings.url().getHost(), settings.grpcPort())
                    // Not even gzip: floats hardly shrink, and the server would spend most of its time on them.
                    .decompressorRegistry(DecompressorRegistry.emptyInstance().with(Codec.Identity.NONE, false))
                    .maxInboundMessageSize(MOST_BYTES);
            channel = (tls ? builder.useTransportSecurity() : builder.usePlaintext()).build();
        }
        QdrantGrpcClient.Builder client = QdrantGrpcClient.newBuilder(channel, false, false);
        return (settings.apiKey() == null
                        ? client
                        : client.withApiKey(settings.apiKey().reveal()))
                .build();
    }

    private static <T> T await(ListenableFuture<T> call) throws Unfit {
        try {
            return call.get(); // which has a deadline
        } catch (ExecutionException | CancellationException e) {
            throw new Unfit();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            CancellationException cancelled = new CancellationException("interrupted while waiting for Qdrant");
            cancelled.initCause(e);
            throw cancelled;
        }
    }

    /** A walk over a collection, a page at a time; the next one is on its way meanwhile. */
    final class Reading implements AutoCloseable {
        private final QdrantGrpcClient client;
        private final ScrollPoints.Builder request;
        private ListenableFuture<ScrollResponse> ahead;

        private Reading(QdrantGrpcClient client, String collection, int limit) {
            this.client = client;
            this.request = ScrollPoints.newBuilder()
                    .setCollectionName(collection)
                    .setLimit(limit)
                    .setWithPayload(WithPayloadSelectorFactory.enable(true))
                    .setWithVectors(WithVectorsSelectorFactory.enable(true));
            ask();
        }

        private void ask() {
            ahead = client.points()
                    .withDeadlineAfter(patience.answer().toMillis(), TimeUnit.MILLISECONDS)
                    .scroll(request.build());
        }

        /** The next page; {@code null} when REST has to read it and all after it. */
        Page next() {
            try {
                ScrollResponse response = await(ahead);
                String next = null;
                if (response.hasNextPageOffset()) {
                    next = id(response.getNextPageOffset());
                    request.setOffset(response.getNextPageOffset());
                    ask();
                }
                List<Point> points = new ArrayList<>();
                for (RetrievedPoint point : response.getResultList()) {
                    points.add(point(point));
                }
                return new Page(points, next);
            } catch (Unfit e) {
                return null;
            }
        }

        @Override
        public void close() {
            ahead.cancel(true);
        }
    }

    private static Point point(RetrievedPoint point) throws Unfit {
        Map<String, Vector> vectors = new LinkedHashMap<>();
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
        ObjectNode payload = Rest.JSON.createObjectNode();
        for (var member : point.getPayloadMap().entrySet()) {
            payload.set(member.getKey(), json(member.getValue()));
        }
        return new Point(id(point.getId()), vectors, payload);
    }

    private static String id(PointId id) throws Unfit {
        return switch (id.getPointIdOptionsCase()) {
            case NUM -> Long.toUnsignedString(id.getNum());
            case UUID -> UUID.fromString(id.getUuid()).toString();
            case POINTIDOPTIONS_NOT_SET -> throw new Unfit();
        };
    }

    private static Vector vector(VectorOutput vector) throws Unfit {
        return switch (vector.getVectorCase()) {
            case DENSE -> Vector.dense(floats(vector.getDense().getDataList()));
            case SPARSE -> sparse(vector.getSparse());
            case MULTI_DENSE -> rows(vector.getMultiDense());
            // So older servers answer, in a way that they call deprecated.
            case VECTOR_NOT_SET -> throw new Unfit();
        };
    }

    private static Vector sparse(SparseVector sparse) {
        int[] indices = new int[sparse.getIndicesCount()];
        for (int i = 0; i < indices.length; i++) {
            indices[i] = sparse.getIndices(i);
        }
        return Vector.sparse(indices, floats(sparse.getValuesList()));
    }

    private static Vector rows(MultiDenseVector multi) throws Unfit {
        int width = multi.getVectorsCount() == 0 ? 0 : multi.getVectors(0).getDataCount();
        float[] values = new float[multi.getVectorsCount() * width];
        for (int row = 0; row < multi.getVectorsCount(); row++) {
            float[] one = floats(multi.getVectors(row).getDataList());
            if (width == 0 || one.length != width) {
                throw new Unfit();
            }
            System.arraycopy(one, 0, values, row * width, width);
        }
        return Vector.rows(width, values);
    }

    private static float[] floats(List<Float> list) {
        var primitive = (com.google.protobuf.Internal.FloatList) list;
        float[] values = new float[list.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = primitive.getFloat(i);
        }
        return values;
    }

    private static JsonNode json(Value value) throws Unfit {
        var nodes = Rest.JSON.getNodeFactory();
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
            case KIND_NOT_SET -> throw new Unfit();
        };
    }

    /** An integer that is too large for 64 bits with a sign comes as a double, and nobody can tell it from one. */
    private static JsonNode number(double value) throws Unfit {
        if (value >= FIRST_LOST && value <= LAST_LOST) {
            throw new Unfit();
        }
        return Rest.JSON.getNodeFactory().numberNode(value);
    }

    /** Ends calls that are under way, too. */
    @Override
    public synchronized void close() {
        closed = true;
        if (channel != null) {
            channel.shutdownNow();
        }
    }
}
