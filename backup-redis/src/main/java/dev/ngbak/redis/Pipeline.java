package dev.ngbak.redis;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.commands.ProtocolCommand;
import redis.clients.jedis.exceptions.JedisAskDataException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisRedirectionException;

/**
 * Sends each command to the master that owns its key, and returns the replies in the order of the commands. Follows keys that
 * move to another node of a cluster.
 */
final class Pipeline {

    /** Commands whose arguments are keys. A cluster accepts only keys of the same slot in one command. */
    private static final Set<? extends ProtocolCommand> ALL_KEYS =
            EnumSet.of(Command.MGET, Command.UNLINK, Command.DEL, Command.EXISTS);

    /** Commands with a subcommand before the key. */
    private static final Set<? extends ProtocolCommand> SECOND_IS_KEY =
            EnumSet.of(Command.MEMORY, Command.XINFO, Command.XGROUP, Command.OBJECT);

    private final Masters masters;
    private final Duration limit;
    private final Deque<List<Request>> outstanding = new ArrayDeque<>();
    private RedisNode replied;

    /** A command that was sent to a node. */
    private record Request(RedisNode node, int slot, ProtocolCommand command, byte[][] arguments) {}

    /** @param limit how long a command is sent again to a cluster that is not ready for it */
    Pipeline(Masters masters, Duration limit) {
        this.masters = masters;
        this.limit = limit;
    }

    boolean isEmpty() {
        return outstanding.isEmpty();
    }

    /** Returns the node that sent the last reply. */
    RedisNode replied() {
        return replied;
    }

    void send(ProtocolCommand command, byte[]... arguments) {
        if (command == Command.MULTI && masters.isCluster()) {
            throw new IllegalArgumentException("the commands of a transaction would go to different nodes");
        }
        List<Request> requests = new ArrayList<>();
        if (masters.isCluster() && ALL_KEYS.contains(command)) {
            for (byte[] key : arguments) {
                requests.add(sent(key, command, key));
            }
        } else {
            int key = SECOND_IS_KEY.contains(command) ? 1 : 0;
            // A command without a key may go to any node.
            requests.add(sent(arguments.length > key ? arguments[key] : new byte[0], command, arguments));
        }
        outstanding.add(requests);
    }

    private Request sent(byte[] key, ProtocolCommand command, byte[]... arguments) {
        int slot = masters.slot(key);
        RedisNode node = masters.owners().take(slot);
        node.send(command, arguments);
        return new Request(node, slot, command, arguments);
    }

    /**
     * Returns the next reply, or its {@link JedisDataException} if it is an error.
     *
     * @param elements as for {@link RedisNode#receive}
     */
    Object receive(StreamingConnection.@Nullable Elements elements) {
        List<Object> replies = new ArrayList<>();
        try {
            masters.flush();
            for (Request request : outstanding.remove()) {
                replies.add(masters.isCluster() ? followed(request, elements) : receive(request.node(), elements));
                masters.owners().release(request.slot());
            }
        } catch (RuntimeException e) {
            // Other replies that are outstanding must not be mistaken for those to later commands.
            masters.close();
            throw e;
        }
        return replies.size() == 1 ? replies.get(0) : joined(replies);
    }

    private Object receive(RedisNode node, StreamingConnection.@Nullable Elements elements) {
        replied = node;
        return node.receive(elements);
    }

    /** Returns the reply to a command on several keys, from the replies to the same command on each of them. */
    private static Object joined(List<Object> replies) {
        long sum = 0;
        List<Object> all = new ArrayList<>();
        for (Object reply : replies) {
            if (reply instanceof JedisDataException) {
                return reply;
            } else if (reply instanceof Long number) {
                sum += number;
            } else {
                all.addAll((List<?>) reply);
            }
        }
        return all.isEmpty() ? sum : all;
    }

    /**
     * Receives a reply, and sends the command again, as long as the reply says that the key is elsewhere or that the cluster
     * is not ready. Such a command was not run. It is sent again over a second connection, because replies to other commands
     * may be outstanding on the first.
     */
    private Object followed(Request request, StreamingConnection.@Nullable Elements elements) {
        Patience patience = new Patience(limit);
        Object reply = receive(request.node(), elements);
        for (int attempt = 0; reply instanceof JedisDataException e && isTemporary(e); attempt++) {
            boolean namesNode = e instanceof JedisRedirectionException;
            boolean atOnce = namesNode && attempt == 0;
            if (!atOnce && !patience.waitsAgain()) {
                break;
            }
            RedisNode node = namesNode
                    ? masters.detour(request.slot(), (JedisRedirectionException) e, replied)
                    : masters.detour(request.slot());
            if (e instanceof JedisAskDataException) {
                node.call(Command.ASKING);
            }
            node.send(request.command(), request.arguments());
            reply = receive(node, elements);
        }
        return reply;
    }

    private static boolean isTemporary(JedisDataException e) {
        String message = RedisConnection.message(e);
        return e instanceof JedisRedirectionException
                || message.startsWith("TRYAGAIN")
                || message.startsWith("CLUSTERDOWN");
    }
}
