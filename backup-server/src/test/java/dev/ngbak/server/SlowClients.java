package dev.ngbak.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;

/**
 * Clients that send or read only a byte now and then. A client whose connection is closed reconnects, so that all of them stay
 * until this is closed.
 */
public final class SlowClients implements AutoCloseable {

    private static final String HOST = "\r\nHost: localhost\r\n";

    /** The beginnings of slow requests of every kind. The archive {@code large} must not fit into the buffers of a socket. */
    public static final List<String> KINDS = List.of(
            "POST /api/v1/restore HTTP/1.1" + HOST + "Content-Type: " + ApiClient.FORM
                    + "\r\nContent-Length: 1000000\r\n\r\n--frontier\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n",
            "GET /api/v1/backup/large/download HTTP/1.1" + HOST + "\r\n",
            "POST /api/v1/backup HTTP/1.1" + HOST + "Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n ",
            "POST /api/v1/session HTTP/1.1" + HOST + "Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n ",
            "GET /api/v1/jobs HTTP/1.1" + HOST + "X-Endless: ");

    /** A client reconnects after this many passes, which take a second. */
    private static final int PASSES = 20;

    private final InetSocketAddress server;
    private final List<SocketChannel> channels = new ArrayList<>();
    private final IntFunction<String> requests;
    private final Thread feeder = new Thread(this::feed, "slow-clients");
    private volatile boolean closed;
    private volatile IOException failure;

    /**
     * @param url the address of the server
     * @param requests the beginning of the request of each client, by its number
     */
    public SlowClients(URI url, int number, IntFunction<String> requests) throws IOException {
        this.server = new InetSocketAddress(url.getHost(), url.getPort());
        this.requests = requests;
        for (int i = 0; i < number; i++) {
            channels.add(connect(i));
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2)); // connect one after the other
        }
        feeder.start();
    }

    private SocketChannel connect(int number) throws IOException {
        SocketChannel channel = SocketChannel.open();
        Socket socket = channel.socket();
        socket.setReceiveBufferSize(2_048);
        socket.connect(server, 10_000);
        channel.write(ByteBuffer.wrap(requests.apply(number).getBytes(StandardCharsets.US_ASCII)));
        channel.configureBlocking(false);
        return channel;
    }

    private void feed() {
        ByteBuffer one = ByteBuffer.allocate(1);
        try {
            for (int pass = 0; !closed; pass++) {
                for (int i = 0; i < channels.size() && !closed; i++) {
                    if (!moves(channels.get(i), one)) {
                        channels.get(i).close();
                        if (pass % PASSES == i % PASSES) {
                            channels.set(i, connect(i));
                        }
                    }
                }
                Thread.sleep(50); // the rate of the clients
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            failure = e;
        }
    }

    private static boolean moves(SocketChannel channel, ByteBuffer one) {
        try {
            one.clear();
            if (channel.read(one) < 0) {
                return false;
            }
            one.clear().put((byte) ' ').flip();
            channel.write(one);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Closes all connections. Throws if clients could not reconnect, because the test would then prove nothing. */
    @Override
    public void close() throws IOException {
        closed = true;
        try {
            feeder.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (SocketChannel channel : channels) {
            channel.close();
        }
        if (failure != null) {
            throw failure;
        }
    }
}
