package dev.ngbak.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A proxy between a client and a server that can fail: it drops connections, now or after a number of bytes, is slow, or
 * hangs. It listens on a free port of the loopback interface and uses two threads for each connection. Thread-safe.
 */
public final class TcpProxy implements AutoCloseable {

    private static final int BLOCK = 16 << 10;

    private final InetSocketAddress target;
    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Set<Socket> clients = ConcurrentHashMap.newKeySet();
    private final AtomicLong toServer = new AtomicLong();
    private final AtomicLong toClient = new AtomicLong();
    private volatile long cutToServerAt = Long.MAX_VALUE;
    private volatile long cutToClientAt = Long.MAX_VALUE;
    private volatile Duration pause = Duration.ZERO;
    private volatile boolean cut;

    /** Starts to forward connections to a server. */
    public TcpProxy(String host, int port) {
        target = new InetSocketAddress(host, port);
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start("accept", this::accept);
    }

    /** Returns the port on 127.0.0.1 for clients. */
    public int port() {
        return listener.getLocalPort();
    }

    /** Returns the number of bytes from clients to the server so far. */
    public long toServer() {
        return toServer.get();
    }

    /** Returns the number of bytes from the server to clients so far. */
    public long toClient() {
        return toClient.get();
    }

    /** Returns the number of open connections. */
    public int connections() {
        return clients.size();
    }

    /** Drops all connections, and new ones immediately, until {@link #mend}: the server looks gone. */
    public void cut() {
        cut = true;
        open.forEach(TcpProxy::drop);
    }

    /** Calls {@link #cut} after this number of further bytes from clients to the server. */
    public void cutAfterBytesToServer(long bytes) {
        cutToServerAt = toServer.get() + bytes;
    }

    /** Calls {@link #cut} after this number of further bytes from the server to clients. */
    public void cutAfterBytesToClient(long bytes) {
        cutToClientAt = toClient.get() + bytes;
    }

    /** Waits before each block of at most 16 KiB, in both directions. */
    public void pauseEachBlock(Duration time) {
        pause = time;
    }

    /** Forwards new connections again, at full speed. Dropped connections stay dropped. */
    public void mend() {
        cutToServerAt = Long.MAX_VALUE;
        cutToClientAt = Long.MAX_VALUE;
        pause = Duration.ZERO;
        cut = false;
    }

    @Override
    public void close() {
        cut();
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                connect(listener.accept());
            } catch (IOException e) {
                // The proxy was closed, or the client has already gone.
            }
        }
    }

    private void connect(Socket client) throws IOException {
        open.add(client);
        clients.add(client);
        Socket server = new Socket();
        open.add(server);
        try {
            if (cut) {
                throw new IOException("cut");
            }
            server.connect(target, 5_000);
        } catch (IOException e) {
            end(client, server);
            return;
        }
        AtomicInteger halves = new AtomicInteger(2);
        start("to-server", () -> pump(client, server, true, halves));
        start("to-client", () -> pump(server, client, false, halves));
    }

    private void pump(Socket from, Socket to, boolean towardsServer, AtomicInteger halves) {
        byte[] block = new byte[BLOCK];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(block); read >= 0; read = in.read(block)) {
                if (!pause.isZero()) {
                    LockSupport.parkNanos(pause.toNanos());
                }
                long passed = (towardsServer ? toServer : toClient).addAndGet(read);
                if (passed > (towardsServer ? cutToServerAt : cutToClientAt)) {
                    cut();
                }
                if (cut) {
                    throw new IOException("cut");
                }
                out.write(block, 0, read);
            }
            to.shutdownOutput();
        } catch (IOException e) {
            end(from, to);
        }
        if (halves.decrementAndGet() == 0) {
            close(from, to);
        }
    }

    private void close(Socket one, Socket other) {
        open.remove(one);
        open.remove(other);
        clients.remove(one);
        clients.remove(other);
        try (one;
                other) {
            // Both sides have sent everything.
        } catch (IOException e) {
            // The connections are already closed.
        }
    }

    private void end(Socket one, Socket other) {
        drop(one);
        drop(other);
        open.remove(one);
        open.remove(other);
        clients.remove(one);
        clients.remove(other);
    }

    /** Closes a connection with a reset if the system allows it, as a killed process does. */
    private static void drop(Socket socket) {
        try {
            if (!socket.isClosed()) {
                socket.setSoLinger(true, 0);
            }
            socket.close();
        } catch (IOException e) {
            // The connection is already closed.
        }
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, "tcp-proxy-" + name);
        thread.setDaemon(true);
        thread.start();
    }
}
