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
 * A connection of the driver that does not read replies into memory that have no room there. It reads the replies that
 * may be large itself, as RESP2 has them: bulk strings and arrays.
 */
final class RedisConnection extends Connection {

    /** Takes the bulk strings of a reply piece by piece, as they arrive. */
    interface Elements {

        /**
         * Begins an array.
         *
         * @param depth 0 for the whole reply, 1 for an array in it, and so on
         */
        default void array(int depth, long size) {}

        /** Begins a bulk string. */
        void begin(long length);

        void piece(byte[] buffer, int length);

        /** Ends the bulk string that was begun last. */
        void end();
    }

    /** Stands in a reply for a bulk string that is larger than {@link ValueLimit#BYTES}, and was passed over. */
    record Oversized(long bytes) {}

    private static final int PIECE = 1 << 13;

    private final byte[] piece = new byte[PIECE];
    private Elements elements;

    RedisConnection(JedisSocketFactory sockets, JedisClientConfig config) {
        super(sockets, config);
    }

    /**
     * Reads the next reply and hands out its bulk strings.
     *
     * @return how many elements the reply has, 0 for null
     */
    long getOne(Elements receiver) {
        elements = receiver;
        try {
            return (Long) getOne();
        } finally {
            elements = null;
        }
    }

    @Override
    protected Object protocolRead(RedisInputStream in, PushConsumerChain pushes) {
        // The driver logs in while this object is not constructed yet.
        if (piece == null) {
            return super.protocolRead(in, pushes);
        }
        return elements == null ? reply(in, pushes) : handOut(in, pushes, 0);
    }

    private Object reply(RedisInputStream in, PushConsumerChain pushes) {
        if (in.peek((byte) '$')) {
            return bulk(in);
        }
        if (!in.peek((byte) '*')) {
            return super.protocolRead(in, pushes);
        }
        long size = header(in);
        if (size < 0) {
            return null;
        }
        List<Object> replies = new ArrayList<>();
        for (long i = 0; i < size; i++) {
            try {
                replies.add(reply(in, pushes));
            } catch (JedisDataException e) {
                replies.add(e);
            }
        }
        return replies;
    }

    private Object bulk(RedisInputStream in) {
        long length = header(in);
        if (length < 0) {
            return null;
        }
        if (length > ValueLimit.BYTES) {
            for (long left = length; left > 0; ) {
                left -= read(in, piece, 0, left);
            }
            lineEnd(in);
            return new Oversized(length);
        }
        byte[] bytes = new byte[(int) length];
        for (int have = 0; have < bytes.length; ) {
            have += read(in, bytes, have, bytes.length - have);
        }
        lineEnd(in);
        return bytes;
    }

    private Long handOut(RedisInputStream in, PushConsumerChain pushes, int depth) {
        if (in.peek((byte) '*')) {
            long size = header(in);
            elements.array(depth, size);
            for (long i = 0; i < size; i++) {
                handOut(in, pushes, depth + 1);
            }
            return Math.max(0, size);
        }
        if (!in.peek((byte) '$')) {
            return super.protocolRead(in, pushes) == null ? 0L : 1;
        }
        long length = header(in);
        if (length < 0) {
            return 0L;
        }
        elements.begin(length);
        for (long left = length; left > 0; ) {
            int n = read(in, piece, 0, left);
            elements.piece(piece, n);
            left -= n;
        }
        elements.end();
        lineEnd(in);
        return 1L;
    }

    private static long header(RedisInputStream in) {
        in.readByte();
        return in.readLongCrLf();
    }

    private static int read(RedisInputStream in, byte[] to, int offset, long most) {
        int n = in.read(to, offset, (int) Math.min(to.length - offset, most));
        if (n < 0) {
            throw new JedisConnectionException("the connection was lost");
        }
        return n;
    }

    private static void lineEnd(RedisInputStream in) {
        in.readByte();
        in.readByte();
    }
}
