package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.support.SafeText;
import io.qdrant.client.grpc.Points.ShardKeySelector;
import java.math.BigInteger;
import java.util.Collection;
import java.util.Optional;

/**
 * The name of the shards to which the application assigned a point. The text {@code 7} and the number 7 are different keys.
 *
 * @param value a text, or an unsigned 64-bit number in decimal
 */
record ShardKey(String value, boolean isNumber) {

    /** The member of requests, answers and archives that contains a key. */
    static final String MEMBER = "shard_key";

    /** Returns the key in a JSON value; empty if it is neither a text nor an unsigned number. */
    static Optional<ShardKey> of(JsonNode json) {
        if (json.isTextual()) {
            return Optional.of(new ShardKey(json.textValue(), false));
        }
        return json.isIntegralNumber() && json.bigIntegerValue().signum() >= 0
                ? Optional.of(new ShardKey(json.bigIntegerValue().toString(), true))
                : Optional.empty();
    }

    static ShardKey ofProto(io.qdrant.client.grpc.Collections.ShardKey key) {
        return key.hasNumber()
                ? new ShardKey(Long.toUnsignedString(key.getNumber()), true)
                : new ShardKey(key.getKeyword(), false);
    }

    /** Returns the key as JSON, as the server accepts it. */
    JsonNode json() {
        return isNumber
                ? Json.MAPPER.getNodeFactory().numberNode(new BigInteger(value))
                : Json.MAPPER.getNodeFactory().textNode(value);
    }

    /** Restricts a request to the shards of this key. */
    ObjectNode restrict(ObjectNode request) {
        request.set(MEMBER, json());
        return request;
    }

    /** Restricts a request to the shards of several keys. */
    static ObjectNode restrict(ObjectNode request, Collection<ShardKey> keys) {
        keys.forEach(key -> request.withArray("/" + MEMBER).add(key.json()));
        return request;
    }

    ShardKeySelector selector() {
        var key = io.qdrant.client.grpc.Collections.ShardKey.newBuilder();
        return ShardKeySelector.newBuilder()
                .addShardKeys(isNumber ? key.setNumber(Long.parseUnsignedLong(value)) : key.setKeyword(value))
                .build();
    }

    /** Returns the key for messages. */
    @Override
    public String toString() {
        return isNumber ? value : SafeText.quoted(value);
    }
}
