package dev.ngbak.redis;

import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.Connection;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.PushConsumerChain;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.util.RedisInputStream;

/**
 * A connection of the driver that never reads more into memory than {@link ValueLimit} allows. It parses bulk strings and
 * arrays of RESP2 itself, because only these can be large.
 */
final class StreamingConnection extends Connection {

    /** Receives the bulk strings of a reply in pieces, as they arrive. */
    interface Elements {

        /**
         * Begins an array.
         *
         * @param depth 0 for the reply itself, 1 for an array in it, and so on
         */
        default void array(int depth, long size) {}

        /** Begins a bulk string. */
        void begin(long length);

        /** Takes the next bytes of the bulk string. The buffer is reused. */
        void piece(byte[] buffer, int length);

        /** Ends the bulk string. */
        void end();
    }

    /** Replaces a bulk string that is larger than {@link ValueLimit#MAX_VALUE_BYTES}. Its bytes were skipped. */
    record Oversized(long bytes) {}

    private static final int BUFFER_BYTES = 1 << 13;

    private final byte[] buffer = new byte[BUFFER_BYTES];
    private Elements elements;

    StreamingConnection(JedisSocketFactory sockets, JedisClientConfig config) {
        super(sockets, config);
    }

    /**
     * Reads the next reply and passes its bulk strings to the receiver.
     *
     * @return the number of elements of the reply, 0 for null
     */
    long getOne(Elements receiver) {
        elements = receiver;
        try {
            return (Long) getOne();
        } finally {
            elements = null;
        }
    }

    /** Makes the method of the driver visible to this package. */
    @Override
    protected void flush() {
        super.flush();
    }

    @Override
    protected Object protocolRead(RedisInputStream in, PushConsumerChain pushes) {
        // The super constructor logs in, before the fields of this class are set.
        if (buffer == null) {
            return super.protocolRead(in, pushes);
        }
        return elements == null ? readReply(in, pushes) : streamReply(in, pushes, 0);
    }

    private Object readReply(RedisInputStream in, PushConsumerChain pushes) {
        if (in.peek((byte) '$')) {
            return readBulkString(in);
        }
        if (!in.peek((byte) '*')) {
            return super.protocolRead(in, pushes);
        }
        long size = readHeader(in);
        if (size < 0) {
            return null;
        }
        List<Object> replies = new ArrayList<>();
        for (long i = 0; i < size; i++) {
            try {
                replies.add(readReply(in, pushes));
            } catch (JedisDataException e) {
                replies.add(e);
            }
        }
        return replies;
    }

    private Object readBulkString(RedisInputStream in) {
        long length = readHeader(in);
        if (length < 0) {
            return null;
        }
        if (length > ValueLimit.MAX_VALUE_BYTES) {
            for (long left = length; left > 0; ) {
                left -= read(in, buffer, 0, left);
            }
            skipLineEnd(in);
            return new Oversized(length);
        }
        byte[] bytes = new byte[(int) length];
        for (int have = 0; have < bytes.length; ) {
            have += read(in, bytes, have, bytes.length - have);
        }
        skipLineEnd(in);
        return bytes;
    }

    private Long streamReply(RedisInputStream in, PushConsumerChain pushes, int depth) {
        if (in.peek((byte) '*')) {
            long size = readHeader(in);
            elements.array(depth, size);
            for (long i = 0; i < size; i++) {
                streamReply(in, pushes, depth + 1);
            }
            return Math.max(0, size);
        }
        if (!in.peek((byte) '$')) {
            return super.protocolRead(in, pushes) == null ? 0L : 1;
        }
        long length = readHeader(in);
        if (length < 0) {
            return 0L;
        }
        elements.begin(length);
        for (long left = length; left > 0; ) {
            int n = read(in, buffer, 0, left);
            elements.piece(buffer, n);
            left -= n;
        }
        elements.end();
        skipLineEnd(in);
        return 1L;
    }

    /** Reads the type and the length of a bulk string or an array. Returns -1 for null. */
    private static long readHeader(RedisInputStream in) {
        in.readByte();
        return in.readLongCrLf();
    }

    private static int read(RedisInputStream in, byte[] to, int offset, long limit) {
        int n = in.read(to, offset, (int) Math.min(to.length - offset, limit));
        if (n < 0) {
            throw new JedisConnectionException("the connection was lost");
        }
        return n;
    }

    private static void skipLineEnd(RedisInputStream in) {
        in.readByte();
        in.readByte();
    }
}
