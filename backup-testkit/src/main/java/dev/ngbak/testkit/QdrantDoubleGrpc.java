package dev.ngbak.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grpc.BindableService;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.qdrant.client.grpc.Collections.CollectionClusterInfoRequest;
import io.qdrant.client.grpc.Collections.CollectionClusterInfoResponse;
import io.qdrant.client.grpc.CollectionsGrpc;
import io.qdrant.client.grpc.Common.PointId;
import io.qdrant.client.grpc.JsonWithInt;
import io.qdrant.client.grpc.JsonWithInt.Value;
import io.qdrant.client.grpc.Points;
import io.qdrant.client.grpc.PointsGrpc;
import java.io.IOException;

/** The gRPC API of {@link QdrantDouble}: the id of the server, and points. Converts the answers of the REST API. */
final class QdrantDoubleGrpc implements AutoCloseable {

    /** Reads points as the REST API does. */
    @FunctionalInterface
    interface PageReader {
        /**
         * Returns a page of points.
         *
         * @param request as the REST API has it
         * @return {@code null} if the collection cannot be read
         */
        JsonNode read(String collection, ObjectNode request);
    }

    private final Server server;

    QdrantDoubleGrpc(String apiKey, long peer, PageReader pages) throws IOException {
        server = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                .addService(collections(peer))
                .addService(points(pages))
                .intercept(new ApiKeyCheck(apiKey))
                .build()
                .start();
    }

    int port() {
        return server.getPort();
    }

    private static BindableService collections(long peer) {
        return new CollectionsGrpc.CollectionsImplBase() {
            @Override
            public void collectionClusterInfo(
                    CollectionClusterInfoRequest request, StreamObserver<CollectionClusterInfoResponse> answer) {
                answer.onNext(CollectionClusterInfoResponse.newBuilder()
                        .setPeerId(peer)
                        .build());
                answer.onCompleted();
            }
        };
    }

    private static BindableService points(PageReader pages) {
        return new PointsGrpc.PointsImplBase() {
            @Override
            public void scroll(Points.ScrollPoints request, StreamObserver<Points.ScrollResponse> answer) {
                JsonNode page = pages.read(request.getCollectionName(), json(request));
                if (page == null) {
                    answer.onError(Status.NOT_FOUND.asRuntimeException());
                    return;
                }
                Points.ScrollResponse.Builder response = Points.ScrollResponse.newBuilder();
                page.path("points").forEach(point -> response.addResult(point(point)));
                if (page.hasNonNull("next_page_offset")) {
                    response.setNextPageOffset(id(page.get("next_page_offset")));
                }
                answer.onNext(response.build());
                answer.onCompleted();
            }
        };
    }

    /** Returns the request as the REST API has it. */
    private static ObjectNode json(Points.ScrollPoints request) {
        ObjectNode json = QdrantDouble.JSON.createObjectNode().put("limit", request.getLimit());
        if (request.hasOffset()) {
            json.put("offset", text(request.getOffset()));
        }
        ArrayNode must = json.putObject("filter").putArray("must");
        request.getFilter()
                .getMustList()
                .forEach(condition -> must.addObject()
                        .put("key", condition.getField().getKey())
                        .putObject("match")
                        .put("value", condition.getField().getMatch().getKeyword()));
        return json;
    }

    private static String text(PointId id) {
        return id.hasNum() ? Long.toUnsignedString(id.getNum()) : id.getUuid();
    }

    private static PointId id(JsonNode id) {
        return id.isNumber()
                ? PointId.newBuilder().setNum(id.bigIntegerValue().longValue()).build()
                : PointId.newBuilder().setUuid(id.asText()).build();
    }

    private static Points.RetrievedPoint point(JsonNode point) {
        Points.RetrievedPoint.Builder retrieved =
                Points.RetrievedPoint.newBuilder().setId(id(point.get("id")));
        point.path("payload")
                .fields()
                .forEachRemaining(member -> retrieved.putPayload(member.getKey(), value(member.getValue())));
        JsonNode vectors = point.path("vector");
        if (vectors.isArray()) {
            retrieved.getVectorsBuilder().setVector(vector(vectors));
        } else {
            vectors.fields()
                    .forEachRemaining(vector -> retrieved
                            .getVectorsBuilder()
                            .getVectorsBuilder()
                            .putVectors(vector.getKey(), vector(vector.getValue())));
        }
        return retrieved.build();
    }

    private static Points.VectorOutput vector(JsonNode vector) {
        Points.VectorOutput.Builder output = Points.VectorOutput.newBuilder();
        if (vector.isObject()) {
            vector.get("indices").forEach(index -> output.getSparseBuilder().addIndices((int) index.asLong()));
            vector.get("values").forEach(value -> output.getSparseBuilder().addValues(value.floatValue()));
            output.setSparse(output.getSparseBuilder());
        } else if (vector.path(0).isArray()) {
            vector.forEach(row -> output.getMultiDenseBuilder().addVectors(dense(row)));
        } else {
            output.setDense(dense(vector));
        }
        return output.build();
    }

    private static Points.DenseVector dense(JsonNode row) {
        Points.DenseVector.Builder dense = Points.DenseVector.newBuilder();
        row.forEach(value -> dense.addData(value.floatValue()));
        return dense.build();
    }

    /** Converts a number that does not fit into a signed 64-bit integer to a double, as the real server does. */
    private static Value value(JsonNode json) {
        Value.Builder value = Value.newBuilder();
        switch (json.getNodeType()) {
            case OBJECT -> {
                JsonWithInt.Struct.Builder struct = JsonWithInt.Struct.newBuilder();
                json.fields().forEachRemaining(member -> struct.putFields(member.getKey(), value(member.getValue())));
                value.setStructValue(struct);
            }
            case ARRAY -> {
                JsonWithInt.ListValue.Builder list = JsonWithInt.ListValue.newBuilder();
                json.forEach(each -> list.addValues(value(each)));
                value.setListValue(list);
            }
            case STRING -> value.setStringValue(json.textValue());
            case BOOLEAN -> value.setBoolValue(json.booleanValue());
            case NUMBER -> {
                if (json.isIntegralNumber() && json.canConvertToLong()) {
                    value.setIntegerValue(json.longValue());
                } else {
                    value.setDoubleValue(json.doubleValue());
                }
            }
            case NULL, MISSING, BINARY, POJO -> value.setNullValue(JsonWithInt.NullValue.NULL_VALUE);
        }
        return value.build();
    }

    /** Rejects calls without the API key. */
    private record ApiKeyCheck(String apiKey) implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            String sent = headers.get(Metadata.Key.of("api-key", Metadata.ASCII_STRING_MARSHALLER));
            if (apiKey != null && !apiKey.equals(sent)) {
                call.close(Status.UNAUTHENTICATED, new Metadata());
                return new ServerCall.Listener<>() {};
            }
            return next.startCall(call, headers);
        }
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
