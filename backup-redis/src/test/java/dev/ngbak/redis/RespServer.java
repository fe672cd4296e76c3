package dev.ngbak.redis;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A double of a server: answers each command as a test wants. Serves one client at a time. */
final class RespServer implements Closeable {

    /** Answers a command. */
    @FunctionalInterface
    interface Replies {

        /**
         * Returns a reply that {@link #line}, {@link #bulk} or {@link #array} made.
         *
         * @param name of the command in capital letters
         * @param command with its name
         */
        byte[] to(String name, List<byte[]> command);
    }

    private final ServerSocket socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    private final Replies replies;

    RespServer(Replies replies) throws IOException {
        this.replies = replies;
        Thread thread = new Thread(this::accept, "resp-server");
        thread.setDaemon(true);
        thread.start();
    }

    String url() {
        return "redis://127.0.0.1:" + socket.getLocalPort();
    }

    private void accept() {
        while (!socket.isClosed()) {
            try (Socket client = socket.accept()) {
                DataInputStream in = new DataInputStream(new BufferedInputStream(client.getInputStream()));
                OutputStream out = client.getOutputStream();
                for (List<byte[]> command = command(in); command != null; command = command(in)) {
                    String name = new String(command.get(0), StandardCharsets.UTF_8).toUpperCase(Locale.ROOT);
                    out.write(replies.to(name, command));
                    out.flush();
                }
            } catch (IOException e) {
                // The client disconnected, or the test has ended.
            }
        }
    }

    private static List<byte[]> command(DataInputStream in) throws IOException {
        String header = line(in);
        if (header == null) {
            return null;
        }
        List<byte[]> words = new ArrayList<>();
        for (int i = Integer.parseInt(header.substring(1)); i > 0; i--) {
            byte[] word = new byte[Integer.parseInt(line(in).substring(1))];
            in.readFully(word);
            line(in);
            words.add(word);
        }
        return words;
    }

    private static String line(DataInputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c == -1) {
                return null;
            }
            line.append((char) c);
        }
        return line.toString().strip();
    }

    /** Returns a reply of one line, such as {@code :1} or {@code -ERR wrong}. */
    static byte[] line(String line) {
        return (line + "\r\n").getBytes(StandardCharsets.UTF_8);
    }

    static byte[] bulk(byte[] bytes) {
        return RedisConnection.concat(RedisConnection.concat(line("$" + bytes.length), bytes), line(""));
    }

    static byte[] bulk(String text) {
        return bulk(text.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] array(byte[]... elements) {
        byte[] reply = line("*" + elements.length);
        for (byte[] element : elements) {
            reply = RedisConnection.concat(reply, element);
        }
        return reply;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
